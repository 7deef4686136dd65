import type { GatewayView, Snapshot } from "../lib/contract";
import { ago, base, failed, notice, out, problem } from "./samples";

/** A gateway passes on only what is for this extension, and each ring comes by it. */
const connection = { ...base.connection, foreign: 0 };
const ways: Snapshot["ways"] = { ...base.ways, rings: base.ways.rings.map((ring) => ({ ...ring, by: "gateway", lateMs: ring.by === "asking" ? 120 : ring.lateMs })) };
/** Nobody is signed in, so nothing was answered or heard. */
const nobody = { ways: out.ways, connection: { ...connection, state: "off", callbackAt: null, callbacksAlive: false, answerAt: null, answerMs: null, latenessMs: null, skewMs: null } } satisfies Partial<Snapshot>;

/** A computer that is enrolled at the company's gateway. */
const behindGateway = (part: Partial<GatewayView> = {}): Partial<Snapshot> => ({
  gateway: { shown: "gateway.example.com", state: "reached", since: ago(5000), problem: null, extension: "100001", hot: false, ...part },
  connection,
  listener: { shown: null, public: false, problem: null, test: null },
  ways,
  place: { ...base.place, locked: ["platform.url", "platform.appid", "agent.extension", ...(part.hot ? [] : ["agent.agent_id"])] },
});

/** A desk behind the company's gateway. */
export const gatewayScenarios = {
  gateway: behindGateway(),
  "gateway-unheard": { ...behindGateway(), connection: { ...connection, callbackAt: null, callbacksAlive: false, latenessMs: null }, ways: { callbacksSince: null, asking: null, rings: [] } },
  "gateway-no-leader": {
    ...behindGateway({ state: "noLeader", since: ago(70), problem: problem("gatewayUnreachable", "no gateway leads", true) }),
    label: "unconfirmed",
    labelSince: ago(40),
    queues: base.queues.map((each) => ({ ...each, readAt: ago(71), problem: problem("gatewayUnreachable", "no gateway leads", true) })),
    connection: { ...connection, state: "disconnected", since: ago(70), problem: problem("gatewayUnreachable", "no gateway leads", true), answerAt: ago(71) },
  },
  "gateway-away": {
    ...behindGateway({ state: "away", since: ago(70), problem: problem("gatewayUnreachable", "no connection", true) }),
    label: "unconfirmed",
    labelSince: ago(40),
    queues: base.queues.map((each) => ({ ...each, readAt: ago(71), problem: problem("gatewayUnreachable", "no connection", true) })),
    connection: { ...connection, state: "disconnected", since: ago(70), problem: problem("gatewayUnreachable", "no connection", true), answerAt: ago(71), callbacksAlive: false, callbackAt: ago(400) },
    ways: { ...ways, callbacksSince: null },
    notices: [notice(1, { kind: "rolledBack", wish: { kind: "busy", reason: null }, problem: problem("gatewayUnreachable", "no connection", true), queues: ["queue-1", "queue-2"] })],
  },
  "gateway-enrol": { ...out, ...behindGateway({ state: "notEnrolled", extension: null }), agent: { extension: "", agentId: "", queues: [] }, ...nobody },
  "gateway-enrol-troubles": {
    ...out,
    ...behindGateway({ state: "notEnrolled", extension: null }),
    agent: { extension: "", agentId: "", queues: [] },
    ...nobody,
    vault: problem("keyringLocked", "the keyring is locked: prompt dismissed", true),
    owed: { ...base.owed, queues: ["queue-1"], since: ago(120) },
    notices: [notice(1, { kind: "setAside", problem: problem("setAside", "call 812: kept in /home/lin/.local/share/ringside/set-aside") })],
    place: { ...base.place, safeMode: problem("safeModeCrashes"), locked: ["platform.url", "platform.appid", "agent.extension", "agent.agent_id"] },
  },
  "gateway-refused": {
    ...out,
    ...behindGateway({ state: "notEnrolled", extension: null, problem: problem("enrolmentRefused") }),
    agent: { extension: "", agentId: "", queues: [] },
    ...nobody,
  },
  "gateway-revoked": {
    ...failed("deskRevoked"),
    ...behindGateway({ state: "revoked", since: ago(3), problem: problem("deskRevoked") }),
    ...nobody,
    connection: { ...nobody.connection, state: "failed", problem: problem("deskRevoked") },
  },
  "gateway-hot-desk": { ...out, ...behindGateway({ hot: true }), agent: { extension: "100001", agentId: "", queues: [] }, ...nobody },
  "gateway-signed-out": { ...out, ...behindGateway(), ...nobody },
} satisfies Record<string, Partial<Snapshot>>;
