from catalog.tables import Base
from kit import migrations

migrations.run(Base.metadata)
