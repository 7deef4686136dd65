import type { GatewayView, Snapshot } from "../lib/contract";
import { ago, base, failed, notice, out, problem } from "./samples";

/** A computer that is enrolled at the company's gateway. */
const behindGateway = (part: Partial<GatewayView> = {}): Partial<Snapshot> => ({
  gateway: { shown: "gateway.example.com", state: "reached", since: ago(5000), problem: null, extension: "100001", hot: false, ...part },
  connection: { ...base.connection, foreign: 0 },
  listener: { shown: null, public: false, problem: null, test: null },
  ways: { ...base.ways, rings: base.ways.rings.map((ring) => ({ ...ring, by: "gateway" })) },
  place: { ...base.place, locked: ["platform.url", "platform.appid", "agent.extension", ...(part.hot ? [] : ["agent.agent_id"])] },
});

/** A desk behind the company's gateway. */
export const gatewayScenarios = {
  gateway: behindGateway(),
  "gateway-no-leader": {
    ...behindGateway({ state: "noLeader", since: ago(70), problem: problem("gatewayUnreachable", "no gateway leads", true) }),
    label: "unconfirmed",
    labelSince: ago(40),
    queues: base.queues.map((each) => ({ ...each, readAt: ago(71), problem: problem("gatewayUnreachable", "no gateway leads", true) })),
    connection: { ...base.connection, state: "disconnected", since: ago(70), problem: problem("gatewayUnreachable", "no gateway leads", true) },
  },
  "gateway-away": {
    ...behindGateway({ state: "away", since: ago(70), problem: problem("gatewayUnreachable", "no connection", true) }),
    label: "unconfirmed",
    labelSince: ago(40),
    queues: base.queues.map((each) => ({ ...each, readAt: ago(71), problem: problem("gatewayUnreachable", "no connection", true) })),
    connection: { ...base.connection, state: "disconnected", since: ago(70), problem: problem("gatewayUnreachable", "no connection", true), callbacksAlive: false, callbackAt: null },
    ways: { ...base.ways, callbacksSince: null },
    notices: [notice(1, { kind: "rolledBack", wish: { kind: "busy", reason: null }, problem: problem("gatewayUnreachable", "no connection", true), queues: ["queue-1", "queue-2"] })],
  },
  "gateway-enrol": { ...out, ...behindGateway({ state: "notEnrolled", extension: null }), agent: { extension: "", agentId: "", queues: [] }, ways: out.ways },
  "gateway-refused": {
    ...out,
    ...behindGateway({ state: "notEnrolled", extension: null, problem: problem("enrolmentRefused") }),
    agent: { extension: "", agentId: "", queues: [] },
    ways: out.ways,
  },
  "gateway-revoked": {
    ...failed("deskRevoked"),
    ...behindGateway({ state: "revoked", since: ago(3), problem: problem("deskRevoked") }),
    ways: out.ways,
  },
  "gateway-hot-desk": { ...out, ...behindGateway({ hot: true }), agent: { extension: "100001", agentId: "", queues: [] }, ways: out.ways },
  "gateway-signed-out": { ...out, ...behindGateway(), ways: out.ways },
} satisfies Record<string, Partial<Snapshot>>;
