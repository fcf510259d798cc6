"""The words that products are described by. Codes are stable: they are in other services' data and on paper."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """A code with its names; a category may stand under another."""

    code: str
    es: str
    en: str
    parent: str | None = None


CATEGORIES: dict[str, Term] = {
    term.code: term
    for term in (
        Term("food", "Alimentos", "Food"),
        Term("vegetables", "Verduras", "Vegetables", "food"),
        Term("fruit", "Frutas", "Fruit", "food"),
        Term("herbs", "Hierbas y especias", "Herbs and spices", "food"),
        Term("mushrooms", "Hongos", "Mushrooms", "food"),
        Term("grains", "Granos y cereales", "Grains and cereals", "food"),
        Term("pulses", "Leguminosas", "Pulses", "food"),
        Term("nuts_seeds", "Nueces y semillas", "Nuts and seeds", "food"),
        Term("bakery", "Pan y tortillas", "Bread and tortillas", "food"),
        Term("dairy", "Lácteos", "Dairy", "food"),
        Term("eggs", "Huevos", "Eggs", "food"),
        Term("meat", "Carnes", "Meat", "food"),
        Term("fish", "Pescados", "Fish", "food"),
        Term("honey", "Miel", "Honey", "food"),
        Term("sweeteners", "Panela y endulzantes", "Panela and sweeteners", "food"),
        Term("preserves", "Conservas", "Preserves", "food"),
        Term("oils", "Aceites y grasas", "Oils and fats", "food"),
        Term("drinks", "Bebidas", "Drinks", "food"),
        Term("coffee_cocoa", "Café y cacao", "Coffee and cocoa", "food"),
        Term("prepared", "Comida preparada", "Prepared food", "food"),
        Term("household", "Casa", "Household"),
        Term("cleaning", "Limpieza", "Cleaning", "household"),
        Term("body_care", "Cuidado personal", "Body care", "household"),
        Term("textiles", "Textiles", "Textiles", "household"),
        Term("crafts", "Artesanías", "Crafts", "household"),
        Term("farm", "Insumos para el campo", "Farm supplies"),
        Term("plants_seed", "Plantas y semilla", "Plants and seed", "farm"),
        Term("bio_inputs", "Bioinsumos y composta", "Bio-inputs and compost", "farm"),
        Term("services", "Servicios", "Services"),
        Term("care", "Cuidados", "Care", "services"),
        Term("transport", "Transporte", "Transport", "services"),
        Term("repair", "Reparaciones", "Repair", "services"),
        Term("health", "Salud", "Health", "services"),
        Term("professional", "Servicios profesionales", "Professional services", "services"),
        Term("learning", "Saberes", "Learning"),
        Term("workshops", "Talleres", "Workshops", "learning"),
        Term("courses", "Cursos", "Courses", "learning"),
        Term("mentoring", "Acompañamiento", "Mentoring", "learning"),
        Term("other", "Otros", "Other"),
    )
}

PRACTICES: dict[str, Term] = {
    term.code: term
    for term in (
        Term("agroecological", "Agroecológico", "Agroecological"),
        Term("organic", "Orgánico", "Organic"),
        Term("in_transition", "En transición", "In transition"),
        Term("no_pesticides", "Sin plaguicidas", "No pesticides"),
        Term("artisanal", "Artesanal", "Artisanal"),
        Term("free_range", "Libre pastoreo", "Free range"),
        Term("wild_harvested", "Recolección silvestre", "Wild harvested"),
        Term("native_seed", "Semilla criolla", "Native seed"),
        Term("fair_trade", "Comercio justo", "Fair trade"),
        Term("returnable_container", "Envase retornable", "Returnable container"),
    )
}
