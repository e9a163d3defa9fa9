/**
 * How a run's own packets are told from everybody else's: whoever opens a socket for a run tells it here.
 * Promises: the calls cost next to nothing and never throw. Never: a packet; what is captured is the agent's business.
 */

/** One exchange of a run. `local` is known once the socket is bound or connected. */
export type Flow =
  | { protocol: 'tcp' | 'udp'; localPort: number; remote: { address: string; port: number } }
  /** Echo requests and their answers: `id` is the identifier in their headers. */
  | { protocol: 'icmp'; id: number; remote: { address: string } };

export interface Capture {
  flow(flow: Flow): void;
  /** One line of TLS secrets in the format of key log files, as sockets give it out; kept only where the check asks for it. */
  tlsKeys(line: Buffer): void;
}
