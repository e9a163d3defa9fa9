/**
 * How a run's own packets are told from everybody else's: whoever opens a socket for a run tells it here.
 * Promises: the calls cost next to nothing and never throw. Never: a packet; what is captured is the agent's business.
 */
import type { Socket } from 'node:net';

/** One exchange of a run. `local` is known once the socket is bound or connected. */
export type Flow =
  /** `localAddress`, where it is known, tells it from one of a container that is routed through this machine. */
  | { protocol: 'tcp' | 'udp'; localPort: number; localAddress?: string; remote: { address: string; port: number } }
  /** Echo requests and their answers: `id` is the identifier in their headers. */
  | { protocol: 'icmp'; id: number; remote: { address: string } }
  /**
   * The probes of a trace, which leave from local ports that nobody knows beforehand. What goes to `remote` is one of them when it bears
   * the `mark`, which no other run of this agent has at the time: `tcp` a SYN with that maximum segment size in its options; `udp` and
   * `sctp` (IP protocol 132, no ports) a packet of that many bytes, the IP header included. With them belong: of TCP what comes from `remote` to a port that such
   * a SYN left from, and the system's reset of it; of all (ICMP too) the errors of any router that quote one, at least its IP header and 8 bytes more.
   */
  | { protocol: 'trace'; probes: 'tcp' | 'udp' | 'sctp'; mark: number; remote: { address: string; port: number | null } };

export interface Capture {
  /** @param agoMs how long ago its first packet may have left, where that could not be told beforehand. */
  flow(flow: Flow, agoMs?: number): void;
  /** The flow's socket is closed: what its port does from now on is not the run's. TCP needs no telling, its packets show it. */
  over?(flow: Flow): void;
  /** One line of TLS secrets in the format of key log files, as sockets give it out; kept only where the check asks for it. */
  tlsKeys(line: Buffer): void;
}

/**
 * Tells of a TCP socket that is about to connect, with each of its attempts: only then is the port known, and a refused connection has
 * it for no longer than that moment. To be called in the same turn as `connect`.
 */
export function captureSocket(capture: Capture | undefined, socket: Socket): void {
  if (!capture) return;
  socket.on('connectionAttempt', (address: string, port: number) => {
    // The event comes just before the system call.
    process.nextTick(() => {
      const { localPort, localAddress } = socket;
      if (localPort) capture.flow({ protocol: 'tcp', localPort, ...(localAddress ? { localAddress } : {}), remote: { address, port } });
    });
  });
}
