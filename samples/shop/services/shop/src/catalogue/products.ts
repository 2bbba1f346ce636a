import { BadRequestException, NotFoundException } from '@nestjs/common';
import type { Database } from '../database/database';
import { convert, CURRENCIES } from './currency';
import type { CreateProductDto, PriceDto, ProductDto, ProductPageDto, ProductQueryDto, UpdateProductDto } from './products.dto';

interface ProductRow {
  id: string;
  name: string;
  category: string;
  price_cents: number;
  stock: number;
}

function productOf(row: ProductRow): ProductDto {
  return { id: row.id, name: row.name, category: row.category, priceCents: row.price_cents, stock: row.stock };
}

// Each ends with the id, so that equal names or prices keep one order from page to page.
const ORDER_BY = { name: 'name, id', price: 'price_cents, id', '-price': 'price_cents desc, id' };

export async function searchProducts(database: Database, query: ProductQueryDto): Promise<ProductPageDto> {
  // What a customer types is text, not a pattern.
  const pattern = query.search === undefined ? null : `%${query.search.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  const where = 'where not archived and ($1::text is null or name ilike $1) and ($2::text is null or category = $2)';
  const filters = [pattern, query.category ?? null];
  const [count] = await database.rows<{ total: number }>(`select count(*)::int as total from products ${where}`, filters);
  const rows = await database.rows<ProductRow>(`select * from products ${where} order by ${ORDER_BY[query.sort]} limit $3 offset $4`, [
    ...filters,
    query.limit,
    (query.page - 1) * query.limit,
  ]);
  const total = count?.total ?? 0;
  return { items: rows.map(productOf), page: query.page, pages: Math.ceil(total / query.limit), total };
}

export async function findProduct(database: Database, id: string): Promise<ProductDto> {
  const [row] = await database.rows<ProductRow>('select * from products where id = $1 and not archived', [id]);
  if (!row) throw new NotFoundException(`There is no product ${id}.`);
  return productOf(row);
}

export async function createProduct(database: Database, product: CreateProductDto): Promise<ProductDto> {
  const [row] = await database.rows<ProductRow>(
    'insert into products (name, category, price_cents, stock) values ($1, $2, $3, $4) returning *',
    [product.name, product.category, product.priceCents, product.stock],
  );
  if (!row) throw new Error('insert returned nothing');
  return productOf(row);
}

export async function updateProduct(database: Database, id: string, change: UpdateProductDto): Promise<ProductDto> {
  const [row] = await database.rows<ProductRow>(
    `update products set price_cents = coalesce($2, price_cents), stock = coalesce($3, stock)
     where id = $1 and not archived returning *`,
    [id, change.priceCents ?? null, change.stock ?? null],
  );
  if (!row) throw new NotFoundException(`There is no product ${id}.`);
  return productOf(row);
}

/** Orders keep pointing at it, so it is hidden, not deleted. */
export async function archiveProduct(database: Database, id: string): Promise<void> {
  const rows = await database.rows('update products set archived = true where id = $1 and not archived returning id', [id]);
  if (rows.length === 0) throw new NotFoundException(`There is no product ${id}.`);
}

export async function priceIn(database: Database, id: string, code: string, quantity: number): Promise<PriceDto> {
  const currency = CURRENCIES[code];
  if (!currency) throw new BadRequestException(`There are no prices in ${code}.`);
  const product = await findProduct(database, id);
  return { currency: code, exponent: currency.exponent, totalMinor: convert(product.priceCents * quantity, currency) };
}
