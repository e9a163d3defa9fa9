/** The pages of the sample shop: small, without anything from elsewhere, and one of them broken on purpose. */

const STYLE = `
  :root { color-scheme: light; font-family: system-ui, "Liberation Sans", "DejaVu Sans", sans-serif; color: #24292f; background: #f6f4f0 }
  body { max-width: 44rem; margin: 0 auto; padding: 2rem }
  header { display: flex; justify-content: space-between; align-items: baseline; border-bottom: 2px solid #6f4e37; margin-bottom: 1.5rem }
  h1 { color: #6f4e37; margin: 0 0 .5rem } a { color: #6f4e37 }
  ul { list-style: none; padding: 0 } li { display: flex; gap: 1rem; align-items: center; background: #fff; border-radius: .5rem; padding: 1rem; margin: .5rem 0 }
  li strong { flex: 1 } button { font: inherit; padding: .5rem 1rem; border: 0; border-radius: .3rem; background: #6f4e37; color: #fff }
  button:disabled { background: #c9c2ba } [role=alert] { background: #ffebe9; border: 1px solid #ff8182; border-radius: .3rem; padding: .75rem 1rem }`;

function page(title: string, body: string, script: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
<header><h1>${title}</h1><a href="/">All products</a> <a href="/payment">Pay</a> <span>Cart: <b id="count">0</b></span></header>
${body}
<script type="module">${script}</script>
</html>
`;
}

/** Lists the products; each can be put into the cart. */
export const HOME_PAGE = page('Sample shop', '<ul id="products"></ul>', `
  const products = await (await fetch('/products')).json();
  const list = document.querySelector('#products'), count = document.querySelector('#count');
  for (const { name, price, inStock } of products) {
    const item = document.createElement('li'), title = document.createElement('strong'), button = document.createElement('button');
    title.textContent = name;
    button.textContent = inStock ? 'Add to cart' : 'Sold out';
    button.disabled = !inStock;
    button.addEventListener('click', () => { count.textContent = Number(count.textContent) + 1; });
    item.append(title, price.toFixed(2) + ' €', button);
    list.append(item);
  }
`);

/** Its cart never comes, because the cart service is down: the button stays disabled. */
export const PAYMENT_PAGE = page('Payment', '<p id="state">Your cart is being loaded …</p>\n<button id="pay" disabled>Pay now</button>', `
  const answer = await fetch('/cart');
  const state = document.querySelector('#state');
  if (answer.ok) {
    state.textContent = 'Your cart is ready.';
    document.querySelector('#pay').disabled = false;
  } else {
    state.setAttribute('role', 'alert');
    state.textContent = 'Your cart could not be loaded.';
    console.error('The cart service answered ' + answer.status);
  }
`);
