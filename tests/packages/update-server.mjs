// Signs a file as minisign does, serves it on this computer with the answer of scripts/update-manifest, and prints the address and the
// public key once it listens. Usage: node update-server.mjs FILE VERSION
import { execFileSync } from "node:child_process";
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { basename } from "node:path";

const [file, version] = process.argv.slice(2);
const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const number = randomBytes(8);
const raw = Buffer.from(publicKey.export({ format: "jwk" }).x, "base64url");
const key = Buffer.concat([Buffer.from("Ed"), number, raw]).toString("base64");

const content = readFileSync(file);
const signature = sign(null, createHash("blake2b512").update(content).digest(), privateKey);
const comment = `version:${version}`;
const whole = sign(null, Buffer.concat([signature, Buffer.from(comment)]), privateKey);
const line = Buffer.concat([Buffer.from("ED"), number, signature]).toString("base64");
writeFileSync(`${file}.minisig`, `untrusted comment: signature\n${line}\ntrusted comment: ${comment}\n${whole.toString("base64")}\n`);

const server = createServer((request, response) => {
  const found = { "/ringside.json": manifest, [`/${basename(file)}`]: content }[request.url];
  response.writeHead(found === undefined ? 404 : 200).end(found);
});
let manifest;
server.listen(0, "127.0.0.1", () => {
  const address = `http://127.0.0.1:${server.address().port}`;
  manifest = execFileSync(new URL("../../scripts/update-manifest", import.meta.url).pathname, [version, address, file, "--notes=Quicker."]);
  process.stdout.write(`${address}/ringside.json ${key}\n`);
});
