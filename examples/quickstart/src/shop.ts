/** Where the shop is. Each address comes from the environment, so that the same checks run against any stage. */
function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`Set ${name}: \`npm start\` in Assay's folder prints the shop's addresses (see README.md).`);
  return value;
}

/** Base address of the HTTP API, for example http://127.0.0.1:4000 */
export const shopUrl = required('SHOP_URL').replace(/\/$/, '');
export const tcpPort = Number(required('SHOP_TCP_PORT'));
export const dnsPort = Number(required('SHOP_DNS_PORT'));
