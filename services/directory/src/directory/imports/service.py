"""Taking in a list: what is new is published, what has changed is changed, what is the same is left alone."""

import asyncio
from dataclasses import asdict, dataclass

from directory.entities import service as entities
from directory.imports import repository, rules
from directory.imports.rules import Reading
from kit.database import Work
from kit.ids import new_id


@dataclass(frozen=True)
class Outcome:
    """How many rows were created, updated, unchanged; and what was read."""

    created: int
    updated: int
    unchanged: int
    reading: Reading


async def take_in(work: Work, body: bytes) -> Outcome:
    """Takes a GeoJSON file. The same file again changes nothing; an entry changed by hand since stays as it is.

    A row that its source has changed since is written over what was changed by hand. Withdrawn entries stay withdrawn.
    """
    # Ten megabytes take seconds to read: not in the loop that answers everybody else.
    reading = await asyncio.to_thread(rules.read, body)
    await repository.one_at_a_time(work, reading.source)
    known = await repository.known(work, reading.source, [one.external_id for one in reading.taken])
    created, updated = [], []
    for one in reading.taken:
        row = known.get(one.external_id)
        if row is None:
            created.append(
                {
                    **entities.new_row(work, new_id(), one.profile),
                    "status": "published",
                    "published_at": work.now,
                    "source": reading.source,
                    "external_id": one.external_id,
                    "import_hash": one.fingerprint,
                }
            )
        elif row["import_hash"] != one.fingerprint:
            changes = {**asdict(one.profile), "import_hash": one.fingerprint}
            updated.append({**row, **changes, "version": row["version"] + 1, "updated_at": work.now})
    await entities.put(work, [*created, *updated])
    unchanged = len(reading.taken) - len(created) - len(updated)
    return Outcome(len(created), len(updated), unchanged, reading)
