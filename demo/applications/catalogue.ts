/** What the shop sells and what the warehouse has of it. The shop's newest article is the one that nobody told the warehouse about. */
export interface Article {
  readonly sku: string
  readonly price: number
  /** Units that the warehouse has on hand; a single shipment can be no larger. */
  readonly stock: number
}

export const newest: Article = { sku: 'TEA-900', price: 11.9, stock: 900 }
/** Sold in packs of a hundred. Some orders count its pieces instead. */
export const sold100: Article = { sku: 'FLT-800', price: 3.2, stock: 400 }

export const catalogue: readonly Article[] = [
  { sku: 'TEA-100', price: 6.4, stock: 900 },
  { sku: 'TEA-200', price: 7.15, stock: 900 },
  { sku: 'TEA-300', price: 8.8, stock: 900 },
  newest,
  { sku: 'MUG-110', price: 12.5, stock: 400 },
  { sku: 'MUG-210', price: 14, stock: 400 },
  { sku: 'POT-400', price: 39.9, stock: 120 },
  { sku: 'TIN-500', price: 4.75, stock: 600 },
  sold100,
]

export const places: readonly (readonly [city: string, country: string, postcode: string])[] = [
  ['Lisbon', 'PT', '1100-148'],
  ['Oslo', 'NO', '0151'],
  ['Ghent', 'BE', '9000'],
  ['Leipzig', 'DE', '04109'],
  ['Lyon', 'FR', '69002'],
  ['Turin', 'IT', '10123'],
  ['Aarhus', 'DK', '8000'],
  ['Leeds', 'GB', 'LS1 4DY'],
  ['Zürich', 'CH', '8001'],
  ['Gdańsk', 'PL', '80-831'],
]
