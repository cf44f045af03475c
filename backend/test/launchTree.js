import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A Python that is a shell script: it makes environments of itself, and its uvicorn is a Node server. */
const fakePython = (/** @type {string} */ version, hasVenv = true) => `#!/bin/bash
echo "$*" | /usr/bin/head -n 1 >> "$TREE/calls.log"
case "$*" in
  *has_venv*) echo '["'"$0"'", "${version}", "CPython linux x86_64", true, ${hasVenv}, true]' ;;
  "-m venv "*) /bin/mkdir -p "$3/bin" && /bin/cp "$0" "$3/bin/python" ;;
  "-m pip install"*" uv") if [ -e "$TREE/uv-of-pip" ]; then for word; do [ -n "$after" ] && target=$word; after=; [ "$word" = --target ] && after=1; done; /bin/mkdir -p "$target/bin" && /bin/cp "$TREE/uv-of-pip" "$target/bin/uv"; else exit 1; fi ;;
  "-c import httptools"*) if [ -n "$FAST_IS_MISSING" ]; then exit 1; fi ;;
  "-m pip install"*requirements-fast.txt) [ "$FAST_IS_MISSING" != "and offline" ] ;;
  "-m pip install"*) echo "Collecting fastapi==0.110.0"; if [ -n "$PIP_DIES" ]; then kill -KILL $$; fi; if [ -n "$PIP_SAYS" ]; then echo "$PIP_SAYS" >&2; exit 1; fi ;;
  "-c import lightgbm") if [ -n "$LIGHTGBM_SAYS" ]; then echo "$LIGHTGBM_SAYS" >&2; exit 1; fi ;;
  "-m uvicorn"*) exec "$NODE" "$TREE/service.mjs" ;;
  "-m models.compile") exit "\${COMPILE_CODE:-0}" ;;
  "-m ruff"*) exit "\${RUFF_CODE:-0}" ;;
  "-m hang") echo "$$" > "$TREE/hang.pid"; exec /bin/sleep 60 ;;
  "-m show"* | *cli/app.py*) echo "$PWD|$*|$OMP_WAIT_POLICY"; exit 7 ;;
esac
`;

const SERVICE = `
import fs from "node:fs";
import http from "node:http";
if (process.env.SERVICE_SAYS) {
  console.error(process.env.SERVICE_SAYS);
  process.exit(1);
}
fs.writeFileSync(process.env.TREE + "/service.pid", String(process.pid));
const { predictionFor, JOB } = await import(process.env.FAKES);
const modelFile = process.env.TREE + "/model";
let training = null;
const health = () => ({ status: "ok", ready: true, training,
  database: { status: "ok", fixtures: Number(process.env.FIXTURES ?? 12), latest_result: "2024-05-01T15:00:00Z", detail: null },
  model: fs.existsSync(modelFile) ? { status: "ok", model_id: "m", detail: null }
    : { status: process.env.MODEL_IS ?? "missing", model_id: null, detail: null } });
const answers = {
  "/health": () => JSON.stringify(health()),
  "/predict": () => JSON.stringify(predictionFor(7)),
  "/train": ({ headers }) => {
    fs.appendFileSync(process.env.TREE + "/trainings", "x");
    if (process.env.TRAINING_HANGS) return null;
    if (!headers.accept?.includes("ndjson")) {
      training = { ...JOB, status: "succeeded" };
      fs.mkdirSync("saved_models", { recursive: true });
      fs.writeFileSync("saved_models/current.json", JSON.stringify({ model_id: process.env.BETTER_MODEL ?? "m" }));
      return JSON.stringify({ job: training });
    }
    fs.writeFileSync(modelFile, "");
    const lines = [{ type: "progress", job: JOB }, { type: "result", reason: "the first model", promoted: true, model: { model_id: "m" } }];
    return lines.map((line) => JSON.stringify(line) + "\\n").join("");
  },
};
http.createServer((request, response) => {
  const answer = answers[request.url] ? answers[request.url](request) : "{}";
  if (answer !== null) response.end(answer);
}).listen(process.env.PORT, process.env.HOST);
// As uvicorn: a second SIGINT breaks off what the first one began to end.
let interrupts = 0;
process.on("SIGINT", () => ++interrupts === 2 && process.exit(3));
process.on("SIGTERM", () => process.exit(0));
process.on("exit", (code) => fs.writeFileSync(process.env.TREE + "/service.ended", String(code)));
`;

const DB_DEMO = `import fs from "node:fs"; fs.writeFileSync(new URL("../database.sqlite", import.meta.url), "");`;
const DB_FIXTURES = `console.log(JSON.stringify([{ fixture_id: 7, home_team: "A", away_team: "B" }]));`;

/** A copy of the project's scripts on a machine that has the programs it is given, and no others. */
export class Tree {
  /** @param {import("node:test").TestContext} t */
  constructor(t) {
    this.root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "launch-")));
    this.bin = path.join(this.root, "bin");
    t.after(() => fs.rmSync(this.root, { recursive: true, force: true }));
    for (const folder of ["backend/scripts", "backend/src"]) {
      fs.cpSync(path.join(ROOT, folder), this.file(folder), { recursive: true });
    }
    for (const name of ["requirements.txt", "requirements-dev.txt", "requirements-fast.txt", "requirements-watch.txt", "constraints.txt"]) {
      this.write(`ml-service/${name}`, fs.readFileSync(path.join(ROOT, "ml-service", name), "utf8"));
    }
    this.write("package.json", '{ "type": "module" }');
    this.write("package-lock.json", '{ "packages": {} }');
    this.write("node_modules/.package-lock.json", "{}");
    this.write("node_modules/typescript/bin/tsc", "");
    this.write("backend/test/one.test.js", "");
    this.write("service.mjs", SERVICE);
    this.write("backend/scripts/db-demo.js", DB_DEMO);
    this.write("backend/scripts/db-fixtures.js", DB_FIXTURES);
    fs.symlinkSync(path.join(ROOT, "node_modules", "axios"), this.file("node_modules/axios"));
    fs.mkdirSync(this.bin);
  }

  /** @param {string} name */
  file(name) {
    return path.join(this.root, name);
  }

  /**
   * @param {string} name
   * @param {string} text
   * @param {number} [mode]
   */
  write(name, text, mode = 0o644) {
    fs.mkdirSync(path.dirname(this.file(name)), { recursive: true });
    fs.writeFileSync(this.file(name), text, { mode });
    return this;
  }

  /**
   * @param {string} name
   * @param {string} version
   * @param {boolean} [hasVenv]
   */
  installPython(name, version, hasVenv) {
    return this.write(`bin/${name}`, fakePython(version, hasVenv), 0o755);
  }

  /** @returns {string[]} what Pythons were asked to do, their first lines */
  calls() {
    const file = this.file("calls.log");
    return fs.existsSync(file) ? fs.readFileSync(file, "utf8").trim().split("\n") : [];
  }

  /**
   * @param {string} script
   * @param {string[]} [args]
   * @param {Record<string, string>} [env]
   * @param {boolean} [hasOwnGroup] whether signals can be sent to it and its children alone
   */
  start(script, args = [], env = {}, hasOwnGroup = false) {
    const child = spawn(process.execPath, [this.file(`backend/scripts/${script}`), ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      detached: hasOwnGroup,
      env: {
        PATH: this.bin,
        HOME: this.root,
        TREE: this.root,
        NODE: process.execPath,
        FAKES: new URL("./mlServiceFakes.js", import.meta.url).href,
        ...env,
      },
    });
    const said = { stdout: "", stderr: "" };
    child.stdout.on("data", (chunk) => (said.stdout += chunk));
    child.stderr.on("data", (chunk) => (said.stderr += chunk));
    const ended = once(child, "close").then(([code]) => ({ code, ...said }));
    return { child, said, ended };
  }

  /**
   * @param {string} script
   * @param {string[]} [args]
   * @param {Record<string, string>} [env]
   */
  run(script, args, env) {
    return this.start(script, args, env).ended;
  }
}

/** @returns {Promise<number>} a port that nobody listens on */
export async function freePort() {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {net.AddressInfo} */ (server.address());
  server.close();
  await once(server, "close");
  return port;
}

/** @param {number} pid */
export function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
