/** Where the targets of the checks are; test/clients/targets.ts starts them. */
function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set.`);
  return value;
}

export const httpUrl = required('TARGET_URL');
export const tcpPort = Number(required('TARGET_TCP_PORT'));
export const dnsPort = Number(required('TARGET_DNS_PORT'));
export const grpcPort = Number(required('TARGET_GRPC_PORT'));
/** Nobody listens there: a port that no server is given by chance. */
export const closedPort = 1;
