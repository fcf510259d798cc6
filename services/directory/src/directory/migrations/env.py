from directory.entities.models import Entity
from kit import migrations

migrations.run(Entity.metadata)
