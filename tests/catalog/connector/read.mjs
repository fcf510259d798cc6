// Reads a catalogue from standard input with the consortium's connector and says what it understood, as JSON.
// Whatever is not in the catalogue itself fails: nothing is fetched.
import { text } from "node:stream/consumers";
import { Connector } from "@datafoodconsortium/connector";

const connector = new Connector();
connector.setDefaultFetchFunction((id) => Promise.reject(new Error(`not in the catalogue: ${id}`)));
globalThis.fetch = (address) => Promise.reject(new Error(`fetched: ${address}`));

const unit = (thing) => thing.getSemanticProperty("dfc-b:hasUnit");
const ids = (things) => things.map((thing) => thing.getSemanticId());

async function currency(price) {
  const id = unit(price);
  const known = id.startsWith("dfc-m:") ? undefined : await price.getQuantityUnit();
  return { id, code: known?.getSemanticProperty("skos:notation") ?? null };
}

async function item(catalogItem) {
  const product = await catalogItem.getOfferedProduct();
  const [offer] = await catalogItem.getOfferers();
  const [group] = await product.getIsVariantOf();
  const claims = await product.getClaims();
  return {
    id: catalogItem.getSemanticId(),
    sku: catalogItem.getSku() ?? null,
    stock: catalogItem.getStockLimitation(),
    name: product.getName(),
    group: group.getName(),
    description: product.getDescription() ?? null,
    images: product.getImages(),
    type: product.getSemanticProperty("dfc-b:hasType") ?? null,
    quantity: [product.getQuantity().getQuantityValue(), unit(product.getQuantity())],
    price: offer.getPrice().getQuantityValue(),
    vat: offer.getPrice().getVatRate(),
    currency: await currency(offer.getPrice()),
    allergens: (await product.getAllergenCharacteristics()).map((one) => one.getSemanticProperty("dfc-b:hasAllergenDimension")),
    claims: claims.map((claim) => claim.getSemanticProperty("skos:notation")),
    certification: product.getSemanticProperty("dfc-b:hasCertification") ?? null,
    lifetime: product.getLifetime() ?? null,
    keeping: product.getUsageOrStorageConditions() ?? null,
  };
}

async function enterprise(one) {
  const [catalog] = await one.getMaintainedCatalogs();
  return {
    id: one.getSemanticId(),
    name: one.getName(),
    description: one.getDescription() ?? null,
    supplies: ids(await one.getSuppliedProducts()),
    catalog: ids(await catalog.getItems()),
    maintainers: ids(await catalog.getMaintainers()),
  };
}

const found = await connector.import(await text(process.stdin));
const of = (type) => found.filter((thing) => thing.isSemanticTypeOf(type));
console.log(
  JSON.stringify({
    enterprises: await Promise.all(of("dfc-b:Enterprise").map(enterprise)),
    items: await Promise.all(of("dfc-b:CatalogItem").map(item)),
  }),
);
