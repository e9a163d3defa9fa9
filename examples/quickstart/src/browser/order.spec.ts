import { expect, test } from '@playwright/test';

test('an order of what the shop has', async ({ request }) => {
  const shop = process.env.SHOP_URL;
  const product = await test.step('find a product that is in stock', async () => {
    const products = await (await request.get(`${shop}/products`)).json() as { id: number; inStock: boolean }[];
    const found = products.find(({ inStock }) => inStock);
    expect(found, 'something must be in stock').toBeDefined();
    return found!;
  });
  await test.step('order it', async () => {
    const answer = await request.post(`${shop}/orders`, { data: { product: product.id, quantity: 1 } });
    expect(answer.status()).toBe(201);
    expect(await answer.json()).toMatchObject({ status: 'accepted', order: { product: product.id } });
  });
});
