"""The words that products are described by. Codes are stable: they are in other services' data and on paper."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Term:
    """A code with its names; a category may stand under another."""

    code: str
    es: str
    en: str
    parent: str | None = None
    #: The Data Food Consortium's product type.
    dfc: str | None = None


_DFC = "https://github.com/datafoodconsortium/taxonomies/releases/latest/download/productTypes.rdf#"


def _category(code: str, es: str, en: str, parent: str | None = None, dfc: str | None = None) -> Term:
    """``dfc`` is the name of the Data Food Consortium's product type, where one fits."""
    return Term(code, es, en, parent, _DFC + dfc if dfc else None)


CATEGORIES: dict[str, Term] = {
    term.code: term
    for term in (
        _category("food", "Alimentos", "Food"),
        _category("vegetables", "Verduras", "Vegetables", "food", "vegetable"),
        _category("tomatoes", "Jitomates", "Tomatoes", "vegetables", "tomato"),
        _category("leafy_greens", "Hojas verdes y quelites", "Leafy greens", "vegetables", "salad"),
        _category("roots_tubers", "Raíces y tubérculos", "Roots and tubers", "vegetables"),
        _category("potatoes", "Papas", "Potatoes", "roots_tubers", "potato"),
        _category("onions_garlic", "Cebollas y ajos", "Onions and garlic", "vegetables"),
        _category("squash", "Calabazas y chayotes", "Squash", "vegetables", "squash"),
        _category("chillies", "Chiles y pimientos", "Chillies and peppers", "vegetables", "pepper"),
        _category("cactus", "Nopales", "Cactus pads", "vegetables"),
        _category("fruit", "Frutas", "Fruit", "food", "fruit"),
        _category("citrus", "Cítricos", "Citrus", "fruit"),
        _category("berries", "Frutillas y frutos del bosque", "Berries", "fruit", "berry"),
        _category("tropical_fruit", "Frutas tropicales", "Tropical fruit", "fruit", "non-local-fruit"),
        _category("herbs", "Hierbas y especias", "Herbs and spices", "food", "herb"),
        _category("mushrooms", "Hongos", "Mushrooms", "food", "mushroom"),
        _category("grains", "Granos y cereales", "Grains and cereals", "food", "grain"),
        _category("maize", "Maíz", "Maize", "grains", "grain"),
        _category("flour", "Harinas y masa", "Flour and dough", "grains", "flour"),
        _category("pulses", "Leguminosas", "Pulses", "food", "pulse"),
        _category("beans", "Frijoles", "Beans", "pulses", "beans"),
        _category("nuts_seeds", "Nueces y semillas", "Nuts and seeds", "food", "nut"),
        _category("bakery", "Pan y tortillas", "Bread and tortillas", "food", "bakery"),
        _category("bread", "Pan", "Bread", "bakery", "bread"),
        _category("tortillas", "Tortillas y tostadas", "Tortillas", "bakery"),
        _category("pastry", "Repostería y galletas", "Pastry and biscuits", "bakery", "pastry"),
        _category("dairy", "Lácteos", "Dairy", "food", "dairy-product"),
        _category("milk", "Leche", "Milk", "dairy", "milk"),
        _category("cheese", "Quesos", "Cheese", "dairy"),
        _category("fresh_cheese", "Quesos frescos", "Fresh cheese", "cheese", "fresh-cheese"),
        _category("mature_cheese", "Quesos madurados", "Mature cheese", "cheese", "mature-cheese"),
        _category("yogurt", "Yogur y jocoque", "Yogurt", "dairy", "natural-yogurt"),
        _category("butter_cream", "Mantequilla y crema", "Butter and cream", "dairy", "butter"),
        _category("eggs", "Huevos", "Eggs", "food", "egg"),
        _category("meat", "Carnes", "Meat", "food", "meat-product"),
        _category("beef", "Res", "Beef", "meat", "beef"),
        _category("pork", "Cerdo", "Pork", "meat", "pork"),
        _category("poultry", "Aves de corral", "Poultry", "meat", "poultry"),
        _category("lamb_goat", "Borrego y cabrito", "Lamb and goat", "meat", "lamb"),
        _category("rabbit", "Conejo y cuy", "Rabbit and guinea pig", "meat", "rabbit"),
        _category("fish", "Pescados", "Fish", "food", "fish"),
        _category("honey", "Miel", "Honey", "food", "honey"),
        _category("sweeteners", "Panela y endulzantes", "Panela and sweeteners", "food", "sweet-groceries"),
        _category("panela", "Panela y piloncillo", "Panela", "sweeteners"),
        _category("sugar", "Azúcar", "Sugar", "sweeteners"),
        _category("preserves", "Conservas", "Preserves", "food", "processed-fruit"),
        _category("jam", "Mermeladas", "Jam", "preserves", "jam"),
        _category("sauces", "Salsas, moles y encurtidos", "Sauces and pickles", "preserves", "bottled-vegetable"),
        _category("dried_fruit", "Fruta seca", "Dried fruit", "preserves", "dried-fruit"),
        _category("oils", "Aceites y grasas", "Oils and fats", "food", "oil"),
        _category("drinks", "Bebidas", "Drinks", "food", "drink"),
        _category("juices", "Jugos", "Juice", "drinks", "fruit-juice"),
        _category(
            "fermented_drinks", "Pulque, cerveza y vino", "Pulque, beer and wine", "drinks", "alcoholic-beverage"
        ),
        _category("infusions", "Tés e infusiones", "Teas and infusions", "drinks", "dried_herb"),
        _category("coffee_cocoa", "Café y cacao", "Coffee and cocoa", "food"),
        _category("coffee", "Café", "Coffee", "coffee_cocoa"),
        _category("chocolate", "Cacao y chocolate", "Cocoa and chocolate", "coffee_cocoa", "confectionery"),
        _category("prepared", "Comida preparada", "Prepared food", "food", "ready-meal"),
        _category("household", "Casa", "Household"),
        _category("cleaning", "Limpieza", "Cleaning", "household"),
        _category("body_care", "Cuidado personal", "Body care", "household", "cosmetic"),
        _category("textiles", "Textiles", "Textiles", "household"),
        _category("crafts", "Artesanías", "Crafts", "household"),
        _category("farm", "Insumos para el campo", "Farm supplies"),
        _category("plants_seed", "Plantas y semilla", "Plants and seed", "farm", "plant"),
        _category("bio_inputs", "Bioinsumos y composta", "Bio-inputs and compost", "farm"),
        _category("tools", "Herramienta", "Tools", "farm"),
        _category("animals", "Animales y forraje", "Animals and fodder", "farm"),
        _category("services", "Servicios", "Services"),
        _category("care", "Cuidados", "Care", "services"),
        _category("childcare", "Cuidado infantil", "Childcare", "care"),
        _category("senior_care", "Cuidado de personas mayores", "Senior care", "care"),
        _category("transport", "Transporte", "Transport", "services"),
        _category("carpool", "Auto compartido", "Carpool", "transport"),
        _category("freight", "Fletes y reparto", "Freight and delivery", "transport"),
        _category("repair", "Reparaciones", "Repair", "services"),
        _category("health", "Salud", "Health", "services"),
        _category("professional", "Servicios profesionales", "Professional services", "services"),
        _category("farm_services", "Servicios para el campo", "Farm services", "services"),
        _category("soil_lab", "Laboratorio de suelos", "Soil laboratory", "farm_services"),
        _category("milling", "Molienda y maquila", "Milling and processing", "farm_services"),
        _category("tourism", "Turismo comunitario", "Community tourism", "services"),
        _category("learning", "Saberes", "Learning"),
        _category("workshops", "Talleres", "Workshops", "learning"),
        _category("courses", "Cursos", "Courses", "learning"),
        _category("field_visits", "Visitas de campo", "Field visits", "learning"),
        _category("mentoring", "Acompañamiento", "Mentoring", "learning"),
        _category("other", "Otros", "Other"),
    )
}


def below(category: str) -> list[str]:
    """The category and all that stand under it; only itself if nobody knows it."""
    found = [category]
    for code, term in CATEGORIES.items():
        # Each stands after the one that it stands under.
        if term.parent in found:
            found.append(code)
    return found


def path(category: str) -> list[Term]:
    """The category and those that it stands under, the widest last."""
    found: list[Term] = []
    code: str | None = category
    while code is not None:
        found.append(CATEGORIES[code])
        code = CATEGORIES[code].parent
    return found


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

#: Regulation (EU) No 1169/2011, Annex II, in its order.
AllergenCode = Literal[
    "gluten",
    "crustaceans",
    "eggs",
    "fish",
    "peanuts",
    "soybeans",
    "milk",
    "nuts",
    "celery",
    "mustard",
    "sesame",
    "sulphites",
    "lupin",
    "molluscs",
]
ALLERGENS: dict[str, Term] = {
    term.code: term
    for term in (
        Term("gluten", "Cereales con gluten", "Cereals containing gluten"),
        Term("crustaceans", "Crustáceos", "Crustaceans"),
        Term("eggs", "Huevos", "Eggs"),
        Term("fish", "Pescado", "Fish"),
        Term("peanuts", "Cacahuates", "Peanuts"),
        Term("soybeans", "Soya", "Soybeans"),
        Term("milk", "Leche", "Milk"),
        Term("nuts", "Frutos de cáscara", "Nuts"),
        Term("celery", "Apio", "Celery"),
        Term("mustard", "Mostaza", "Mustard"),
        Term("sesame", "Ajonjolí", "Sesame"),
        Term("sulphites", "Sulfitos (más de 10 mg/kg)", "Sulphites (more than 10 mg/kg)"),
        Term("lupin", "Altramuces", "Lupin"),
        Term("molluscs", "Moluscos", "Molluscs"),
    )
}
