"""The hot path: one statement to know all that a new order depends on, one to place it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from kit.idempotency import Key
from kit.messaging import outbox
from kit.messaging.outbox import Staged
from orders.base import AnyRow
from orders.cycles.repository import hubs

_SITUATION = text(f"""
SELECT nextval('order_serial') AS serial,
  (SELECT convert_from(i.body, 'UTF8') FROM idempotency i WHERE i.scope = :scope AND i.key = :key) AS earlier_id,
  (SELECT i.request_hash FROM idempotency i WHERE i.scope = :scope AND i.key = :key) AS earlier_hash,
  (SELECT o.request_hash FROM orders o WHERE o.id = :id AND o.placed_by = :user) AS same_hash,
  EXISTS (SELECT FROM orders o WHERE o.id = :id) AS id_exists,
  (SELECT m.status FROM member m WHERE m.id = :member) AS member_status,
  c.id AS cycle_id, c.opens_at, c.closes_at, c.stopped_at, c.settling_at, c.settled_at, c.currency,
  EXISTS (SELECT FROM cycle_pickup k WHERE k.cycle_id = c.id AND k.pickup_point_id = :pickup) AS pickup_exists,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('name', f.name, 'kind', f.kind, 'value', f.value::text,
      'payee', f.payee, 'threshold', f.threshold::text, 'discounted', f.discounted::text) ORDER BY f.position), '[]')
   FROM cycle_fee f WHERE f.cycle_id = c.id) AS fees,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('variant_id', v.id, 'producer_id', v.producer_id,
      'producer_name', v.producer_name, 'name', v.name, 'variant_name', v.variant_name, 'unit', v.unit,
      'price', v.price, 'case_size', v.case_size::text, 'step', v.step::text, 'minimum', v.minimum::text,
      'variable_weight', v.variable_weight, 'credit_share', v.credit_share, 'diagnosis', o.diagnosis,
      'at_hubs_only', {hubs.sold_at_hubs_only("v.id")},
      'hub_offers', (SELECT jsonb_agg(jsonb_build_object('id', h.id, 'cycle_id', h.cycle_id,
          'pickup_point_id', h.pickup_point_id, 'price', h.price, 'fees', h.fees, 'valid_from', h.valid_from,
          'valid_until', h.valid_until, 'exclusive', h.exclusive))
        FROM hub_price p JOIN hub_offer h ON h.id = p.hub_offer_id
        WHERE p.cycle_id = c.id AND p.variant_id = v.id AND {hubs.IN_FORCE}))), '[]')
   FROM cycle_offer o JOIN variant v ON v.id = o.variant_id
   WHERE o.cycle_id = c.id AND o.variant_id = ANY(CAST(:variants AS uuid[]))) AS offers
FROM (SELECT 1) AS always LEFT JOIN cycle c ON c.id = :cycle
""")  # noqa: S608 - made of texts of ours

# The cycle is looked at again under a lock that closing waits for: what is placed is seen by the closing, or refused.
_PLACE_ORDER = """
WITH wish AS (
  SELECT * FROM jsonb_populate_record(NULL::orders, CAST(:order AS jsonb))
), open_cycle AS (
  SELECT c.id FROM cycle c JOIN wish ON c.id = wish.cycle_id
  WHERE c.opens_at <= wish.placed_at AND c.closes_at > wish.placed_at AND c.stopped_at IS NULL
  FOR SHARE OF c
), remembered AS (
  INSERT INTO idempotency (scope, key, request_hash, status, headers, body)
  SELECT CAST(:scope AS text), CAST(:key AS text), wish.request_hash, 202, '{}', convert_to(wish.id::text, 'UTF8')
  FROM open_cycle, wish WHERE CAST(:key AS text) IS NOT NULL
), placed AS (
  INSERT INTO orders (id, number, cycle_id, pickup_point_id, member_id, placed_by, request_hash, status, version,
    currency, total, hold, credit, credit_currency, breakdown, stock_answer, funds_answer, reasons, placed_at, deadline,
    decided_at)
  SELECT w.id, w.number, w.cycle_id, w.pickup_point_id, w.member_id, w.placed_by, w.request_hash, w.status, w.version,
    w.currency, w.total, w.hold, w.credit, w.credit_currency, w.breakdown, w.stock_answer, w.funds_answer, w.reasons,
    w.placed_at, w.deadline, w.decided_at
  FROM wish w, open_cycle RETURNING id, placed_at
), wanted AS (
  SELECT l.* FROM placed, jsonb_populate_recordset(NULL::order_line, CAST(:lines AS jsonb)) AS l ORDER BY l.position
), lines AS (
  INSERT INTO order_line (id, order_id, position, variant_id, producer_id, producer_name, name, unit, quantity,
    tolerance, most, price, case_size, step, variable_weight, credit_share, total, hub_offer_id, hub_fees,
    diagnosis, parts)
  SELECT w.id, placed.id, w.position, w.variant_id, w.producer_id, w.producer_name, w.name, w.unit, w.quantity,
    w.tolerance, w.most, w.price, w.case_size, w.step, w.variable_weight, w.credit_share, w.total, w.hub_offer_id,
    w.hub_fees, nullif(w.diagnosis, 'null'), w.parts
  FROM wanted w, placed
), queued AS (
  INSERT INTO queue_entry (line_id, quantity, tolerance, entered_at)
  SELECT wanted.id, wanted.quantity, wanted.tolerance, placed.placed_at FROM wanted, placed
), staged AS (
"""
_PLACED = """
WHERE EXISTS (SELECT FROM placed)
)
SELECT id FROM placed
"""
_PLACE = text(_PLACE_ORDER + outbox.INSERT + _PLACED)

type Placed = Literal["placed", "closed", "taken"]
_UNIQUE_VIOLATION = "23505"


def _as_text(value: object) -> str:
    """Ids, instants and bytes as PostgreSQL reads them."""
    return f"\\x{value.hex()}" if isinstance(value, bytes) else str(value)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the situation is asked for: of whom, where, which variants, under which idempotency key."""

    order_id: UUID | None
    user_id: UUID
    member_id: UUID
    cycle_id: UUID
    pickup_point_id: UUID
    variant_ids: Sequence[UUID]
    key: Key | None
    now: datetime


async def situation(connection: AsyncConnection, asked: Asked) -> AnyRow:
    """All that a new order depends on, in one row; `cycle_id` is null where there is no such cycle."""
    return (
        await connection.execute(
            _SITUATION,
            {
                "id": asked.order_id,
                "user": asked.user_id,
                "member": asked.member_id,
                "cycle": asked.cycle_id,
                "pickup": asked.pickup_point_id,
                "variants": list(asked.variant_ids),
                "now": asked.now,
                "scope": asked.key.scope if asked.key else None,
                "key": asked.key.key if asked.key else None,
            },
        )
    ).one()


async def place(
    connection: AsyncConnection,
    order: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
    key: Key | None,
    staged: Sequence[Staged],
) -> Placed:
    """Places the order with all that belongs to it, in one statement.

    `closed`: the cycle closed meanwhile. `taken`: its id or its idempotency key was used at the same time.
    """
    try:
        rows = await connection.execute(
            _PLACE,
            {
                "order": json.dumps(order, default=_as_text),
                "lines": json.dumps(lines),
                "outbox": json.dumps([event.as_row() for event in staged]),
                "scope": key.scope if key else None,
                "key": key.key if key else None,
            },
        )
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) == _UNIQUE_VIOLATION:
            return "taken"
        raise
    return "closed" if rows.first() is None else "placed"
