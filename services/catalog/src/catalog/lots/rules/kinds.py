"""The words of lots. In ValueFlows' terms: harvested, produced and received raise or produce, split and merged modify,
transformed and composted are processes that consume and produce, delivered transfers, packed transfers for a commitment,
lost lowers, returned transfers back, corrected raises or lowers after a count."""

from typing import Literal

LotUnit = Literal["KGM", "LTR", "H87"]
LotKind = Literal[
    "harvested",
    "produced",
    "received",
    "split",
    "merged",
    "transformed",
    "composted",
    "delivered",
    "packed",
    "lost",
    "returned",
    "corrected",
]
#: How something comes into the books that was in no lot before.
Entry = Literal["harvested", "produced", "received"]
#: Why a lot, or some of it, is no more.
LossCause = Literal[
    "spoiled", "spilled", "broken", "pests", "stolen", "sampled", "fed", "given_away", "sold_elsewhere", "other"
]
#: What a process loses on the way.
LossName = Literal[
    "evaporation", "fermentation", "filtering", "trimming", "spilling", "rotting", "cleaning", "breakage", "other"
]
