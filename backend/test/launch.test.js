import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import net from "node:net";
import test from "node:test";
import { ofLinux, readOsRelease } from "../scripts/lib/pythonAdvice.js";
import { Tree, freePort, isRunning } from "./launchTree.js";
import { eventually } from "./mlServiceFakes.js";

const onUnix = { skip: process.platform === "win32" && "the stand-ins for Python are shell scripts" };

/**
 * @param {{ code: number | null, stderr: string }} result
 * @param {RegExp} expected
 */
function assertOneLine({ code, stderr }, expected) {
  assert.equal(code, 1, stderr);
  assert.deepEqual(stderr.trim().split("\n").length, 1, stderr);
  assert.match(stderr, expected);
}

/**
 * Starts the service and waits until it serves.
 * @param {Tree} tree
 * @param {string} port
 * @param {Record<string, string>} [env]
 */
async function serving(tree, port, env) {
  const run = tree.start("ml-start.js", ["--port", port], env);
  await eventually(() => run.said.stdout.includes("both score") || run.child.exitCode !== null);
  return run;
}

test("a fresh clone installs, makes its database, trains, and ends up serving", onUnix, async (t) => {
  const tree = new Tree(t).installPython("python3.11", "3.11.7");
  const port = String(await freePort());
  const { child, said, ended } = await serving(tree, port);
  assert.match(said.stdout, /^Database: backend\/database\.sqlite created/m);
  assert.match(said.stdout, /Python: 3\.11\.7[^]*installed[^]*the first model[^]*Serving at http:\/\/127\.0\.0\.1/);
  const curl = said.stdout.split("\n").find((line) => line.includes("curl ")) ?? "";
  assert.equal(JSON.parse(execFileSync("bash", ["-c", curl], { encoding: "utf8" })).fixture_id, 7);
  assert.match(said.stdout, /A - B, 2024-05-01, L: home 50\.0%, draw 30\.0%, away 20\.0%; over 2\.5 goals 60\.0%; both score 55\.0%/);
  child.kill("SIGTERM");
  assert.equal((await ended).code, 0);
});

test("a second start installs, creates and trains nothing", onUnix, async (t) => {
  const tree = new Tree(t).installPython("python3.11", "3.11.7");
  const port = String(await freePort());
  for (const time of [1, 2]) {
    const { child, said, ended } = await serving(tree, port);
    child.kill("SIGINT");
    await ended;
    assert.equal(/the first model/.test(said.stdout), time === 1);
  }
  assert.equal(tree.calls().filter((call) => /pip install|-m venv|models.compile/.test(call)).length, 4);
});

/** The service serves the first model until it has loaded the better one. @type {[Record<string, string>, string][]} */
const second = [
  [{ BETTER_MODEL: "m2" }, "model m2 serves now"],
  [{}, "no better, the first model stays"],
];

for (const [env, told] of second) {
  test(`where there are many matches, the newest are trained on first, then all: ${told}`, onUnix, async (t) => {
    const tree = new Tree(t).installPython("python3.11", "3.11.7");
    const { child, said, ended } = await serving(tree, String(await freePort()), { FIXTURES: "9000", ...env });
    await eventually(() => said.stdout.includes(told));
    child.kill("SIGTERM");
    await ended;
    assert.match(said.stdout, /Model: trained on the matches since 2022-12-18[^]*both score[^]*Training on all matches/);
  });
}

test("a second start asks no Python what it is or has, unless it is another by now", onUnix, async (t) => {
  const tree = new Tree(t).installPython("python3.11", "3.11.7");
  const port = String(await freePort());
  const asked = [];
  for (const time of [1, 2, 3]) {
    if (time === 3) fs.appendFileSync(tree.file("ml-service/venv/bin/python"), "# a newer patch\n");
    const before = tree.calls().length;
    const { child, ended } = await serving(tree, port);
    child.kill("SIGINT");
    await ended;
    asked.push(
      tree
        .calls()
        .slice(before)
        .filter((call) => call.startsWith("-c")).length,
    );
  }
  assert.deepEqual(asked.slice(1), [0, 1]);
});

test("a start whose models cannot be read any more, as after an upgrade, trains a new one", onUnix, async (t) => {
  const tree = new Tree(t).installPython("python3.11", "3.11.7");
  const { child, said, ended } = await serving(tree, String(await freePort()), { MODEL_IS: "invalid" });
  child.kill("SIGINT");
  await ended;
  assert.match(said.stdout, /the first model[^]*both score/);
});

test("where the faster server cannot be installed, one line says so and the service serves", onUnix, async (t) => {
  for (const missing of ["", "but there to be had", "and offline"]) {
    const tree = new Tree(t).installPython("python3.11", "3.11.7");
    const { child, said, ended } = await serving(tree, String(await freePort()), { FAST_IS_MISSING: missing });
    child.kill("SIGINT");
    assert.equal((await ended).code, 0);
    assert.match(said.stdout, /Serving at/);
    assert.equal(said.stdout.includes("httptools and uvloop could not be installed"), missing === "and offline");
    assert.equal(
      tree.calls().some((call) => call.includes("requirements-fast.txt")),
      missing !== "",
    );
  }
});

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  test(`${signal} ends the service too, and cleanly`, onUnix, async (t) => {
    const tree = new Tree(t).installPython("python3.11", "3.11.7");
    const { child, ended } = await serving(tree, String(await freePort()));
    const pid = Number(fs.readFileSync(tree.file("service.pid"), "utf8"));
    assert.ok(isRunning(pid));
    child.kill(signal);
    assert.deepEqual([(await ended).code, isRunning(pid)], [0, false]);
  });
}

test("an interrupt of the whole process group, as of Ctrl-C, lets the service end in order", onUnix, async (t) => {
  const tree = new Tree(t).installPython("python3.11", "3.11.7");
  const { child, said, ended } = tree.start("ml-start.js", ["--port", String(await freePort())], {}, true);
  await eventually(() => said.stdout.includes("both score"));
  process.kill(-(child.pid ?? 0), "SIGINT");
  assert.equal((await ended).code, 0);
  assert.equal(fs.readFileSync(tree.file("service.ended"), "utf8"), "0");
});

test("an interrupt in the first training ends it, and no other is tried", onUnix, async (t) => {
  const tree = new Tree(t).installPython("python3.11", "3.11.7");
  const env = { FIXTURES: "9000", TRAINING_HANGS: "1" };
  const { child, ended } = tree.start("ml-start.js", ["--port", String(await freePort())], env);
  await eventually(() => fs.existsSync(tree.file("trainings")));
  child.kill("SIGINT");
  const { code, stdout } = await ended;
  assert.equal(code, 0);
  assert.match(stdout, /^Model: not done/m);
  assert.equal(fs.readFileSync(tree.file("trainings"), "utf8"), "x");
});

test("where nobody reads what the start says any more, it ends, and the service too", onUnix, async (t) => {
  const tree = new Tree(t).installPython("python3.11", "3.11.7");
  const { child, said } = tree.start("ml-start.js", ["--port", String(await freePort())]);
  await eventually(() => said.stdout.includes("Service: answers"));
  const pid = Number(fs.readFileSync(tree.file("service.pid"), "utf8"));
  const ended = once(child, "exit");
  child.stdout.destroy();
  await ended;
  assert.equal(isRunning(pid), false);
});

test("a service that ends by itself ends the start with an error", onUnix, async (t) => {
  const tree = new Tree(t).installPython("python3.11", "3.11.7");
  const { ended } = await serving(tree, String(await freePort()));
  process.kill(Number(fs.readFileSync(tree.file("service.pid"), "utf8")), "SIGKILL");
  assertOneLine(await ended, /ended by itself/);
});

test("with --no-train nothing is trained", onUnix, async (t) => {
  const tree = new Tree(t).installPython("python3.11", "3.11.7");
  const { child, said, ended } = tree.start("ml-start.js", ["--no-train", "--port", String(await freePort())]);
  await eventually(() => said.stdout.includes("Serving at"));
  child.kill("SIGTERM");
  await ended;
  assert.equal(fs.existsSync(tree.file("model")), false);
});

test("where the service runs already, the second start names its URL", onUnix, async (t) => {
  const tree = new Tree(t).installPython("python3.11", "3.11.7");
  const port = String(await freePort());
  const { child, ended } = await serving(tree, port);
  assertOneLine(await tree.run("ml-start.js", ["--port", port]), new RegExp(`running already, at http://127.0.0.1:${port}`));
  child.kill("SIGTERM");
  await ended;
});

test("a port that another program has is named, with what to do", onUnix, async (t) => {
  const server = net.createServer((socket) => socket.end("hello\n")).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = /** @type {net.AddressInfo} */ (server.address());
  assertOneLine(
    await new Tree(t).run("ml-start.js", ["--port", String(port)]),
    new RegExp(`Port ${port} is taken by another program.*--port`),
  );
});

const UV_OFFLINE = '#!/bin/bash\n[ "$1" = --version ]\n';

/** A uv that has what it fetches lying beside it; "Managed" is what it says of it once it is there. */
const UV = `#!/bin/bash
echo "uv $*" >> "$TREE/calls.log"
case "$*" in
  --version) ;;
  "python find --managed-python 3.11") [ -e "$UV_PYTHON_INSTALL_DIR/python" ] && echo "$UV_PYTHON_INSTALL_DIR/python" ;;
  "python install --no-bin 3.11") /bin/mkdir -p "$UV_PYTHON_INSTALL_DIR" && /bin/cp "$TREE/managed" "$UV_PYTHON_INSTALL_DIR/python" ;;
  *) exit 1 ;;
esac
`;

/** @type {[string, (tree: Tree) => void, RegExp][]} */
const pythons = [
  [
    "only Python 3.9",
    (tree) => tree.installPython("python3", "3.9.18"),
    /3\.10 to 3\.14 is needed, this machine has only 3\.9\.18: install/,
  ],
  ["only Python 3.15", (tree) => tree.installPython("python3", "3.15.0"), /has only 3\.15\.0/],
  ["no Python", () => {}, /this machine has none/],
  [
    "a Python without venv",
    (tree) => tree.installPython("python3.11", "3.11.2", false),
    /has no venv module: (install it with `sudo apt-get install python3\.11-venv`|reinstall)/,
  ],
  [
    "only 3.9, but a uv that cannot fetch another",
    (tree) => tree.installPython("python3", "3.9.18").write("bin/uv", UV_OFFLINE, 0o755),
    /`uv python install 3\.11`/,
  ],
];

for (const [machine, prepare, expected] of pythons) {
  test(`on a machine with ${machine} one line says what to install`, onUnix, async (t) => {
    const tree = new Tree(t);
    prepare(tree);
    assertOneLine(await tree.run("ml-start.js", ["--port", String(await freePort())]), expected);
  });
}

/** @type {[string, (tree: Tree) => void, string][]} */
const choices = [
  [
    "a python3.11 that does not run is passed over",
    (tree) => tree.write("bin/python3.11", "#!/bin/bash\nexit 127\n", 0o755).installPython("python3.10", "3.10.13"),
    "3.10.13",
  ],
  ...["3.12.1", "3.13.0", "3.14.2"].map(
    (version) =>
      /** @type {[string, (tree: Tree) => void, string]} */ ([
        `a python3 that is ${version} will do`,
        (tree) => tree.installPython("python3", version),
        version,
      ]),
  ),
  [
    "where none will do, uv brings one",
    (tree) => tree.installPython("python3", "3.9.18").installPython("../managed", "3.11.15").write("bin/uv", UV, 0o755),
    "3.11.15",
  ],
  [
    "where none will do and there is no uv, a Python's pip brings that first",
    (tree) => tree.installPython("python3", "3.9.18").installPython("../managed", "3.11.15").write("uv-of-pip", UV, 0o755),
    "3.11.15",
  ],
  [
    "a python3.10 is taken before a python3 of the wrong version",
    (tree) => tree.installPython("python3", "3.12.1").installPython("python3.10", "3.10.2"),
    "3.10.2",
  ],
  [
    "pyenv's newest patch is found",
    (tree) =>
      tree
        .installPython("../.pyenv/versions/3.11.9/bin/python", "3.11.9")
        .installPython("../.pyenv/versions/3.11.10/bin/python", "3.11.10"),
    "3.11.10",
  ],
  [
    "uv's Python is found",
    (tree) => tree.installPython("../uv/python", "3.11.4").write("bin/uv", `#!/bin/bash\necho ${tree.file("uv/python")}\n`, 0o755),
    "3.11.4",
  ],
  ["a python3 of the right version will do", (tree) => tree.installPython("python3", "3.11.1"), "3.11.1"],
  [
    "one without venv is passed over for one with it",
    (tree) => tree.installPython("python3.11", "3.11.2", false).installPython("python3.10", "3.10.9"),
    "3.10.9",
  ],
];

for (const [claim, prepare, version] of choices) {
  test(claim, onUnix, async (t) => {
    const tree = new Tree(t);
    prepare(tree);
    const { stdout } = await tree.run("ml-start.js", ["--port", String(await freePort())], { PIP_SAYS: "stop here" });
    assert.match(stdout, new RegExp(`^Python: ${version.replaceAll(".", "\\.")} \\(`, "m"));
  });
}

/** @type {[string, Record<string, string>, RegExp][]} */
const installations = [
  [
    "no network",
    { PIP_SAYS: "WARNING: NewConnectionError\nERROR: No matching distribution found for fastapi==0.110.0" },
    /cannot be reached: check the network/,
  ],
  [
    "a full disk",
    { PIP_SAYS: "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device" },
    /disk is full.*free about/,
  ],
  [
    "a proxy's certificate",
    { PIP_SAYS: "SSLError(SSLCertVerificationError(1, 'CERTIFICATE_VERIFY_FAILED'))" },
    /pip config set global\.cert/,
  ],
  ["a folder of root's", { PIP_SAYS: "ERROR: [Errno 13] Permission denied: 'x'" }, /cannot be written/],
  ["a machine without memory", { PIP_DIES: "1" }, /was killed, perhaps because memory ran out/],
  ["no libgomp", { LIGHTGBM_SAYS: "OSError: libgomp.so.1: cannot open shared object file" }, /apt-get install libgomp1/],
  ["no libomp", { LIGHTGBM_SAYS: "Library not loaded: @rpath/libomp.dylib" }, /brew install libomp/],
  ["an unknown trouble", { PIP_SAYS: "ERROR: something odd" }, /pip could not install requirements\.txt: ERROR: something odd/],
];

for (const [trouble, env, expected] of installations) {
  test(`an installation that meets ${trouble} says what to do, and the next start tries again`, onUnix, async (t) => {
    const tree = new Tree(t).installPython("python3.11", "3.11.7");
    const port = String(await freePort());
    assertOneLine(await tree.run("ml-start.js", ["--port", port], env), expected);
    assertOneLine(await tree.run("ml-start.js", ["--port", port], env), expected);
  });
}

test("a half-made environment is made anew", onUnix, async (t) => {
  const tree = new Tree(t).installPython("python3.11", "3.11.7").write("ml-service/venv/bin/python", "#!/bin/bash\nexit 126\n", 0o755);
  const { stdout } = await tree.run("ml-start.js", ["--port", String(await freePort())], { PIP_SAYS: "stop here" });
  assert.match(stdout, /made anew/);
  assert.ok(tree.calls().some((call) => call.startsWith("-m venv")));
});

test("an environment that pip was writing into when it failed is made anew", onUnix, async (t) => {
  const tree = new Tree(t).installPython("python3.11", "3.11.7");
  const args = ["--port", String(await freePort())];
  await tree.run("ml-start.js", args, { PIP_SAYS: "Installing collected packages: numpy, pandas" });
  assert.match((await tree.run("ml-start.js", args, { PIP_SAYS: "stop here" })).stdout, /made anew/);
});

test("an environment in which pip found nothing to write is kept", onUnix, async (t) => {
  const tree = new Tree(t).installPython("python3.11", "3.11.7");
  const args = ["--port", String(await freePort())];
  for (const _time of [1, 2]) await tree.run("ml-start.js", args, { PIP_SAYS: "NewConnectionError" });
  assert.equal(tree.calls().filter((call) => call.startsWith("-m venv")).length, 1);
});

test("a compilation that did not end is done by the next start, one that did is not done again", onUnix, async (t) => {
  const tree = new Tree(t).installPython("python3.11", "3.11.7");
  const compilations = () => tree.calls().filter((call) => call.includes("models.compile")).length;
  for (const [COMPILE_CODE, expected] of [
    ["1", 1],
    ["0", 2],
    ["0", 2],
  ]) {
    await tree.run("test.js", ["lint"], { COMPILE_CODE: String(COMPILE_CODE) });
    assert.equal(compilations(), expected);
  }
});

/** @type {[string, string, RegExp | null][]} */
const systems = [
  ["Debian 12", 'ID=debian\nVERSION_ID="12"\n', /^sudo apt-get install python3 python3-venv$/],
  ["Debian 11", 'ID=debian\nVERSION_ID="11"\n', null],
  ["Ubuntu 24.04", 'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n', /^sudo apt-get install python3 python3-venv$/],
  ["Debian 14, whose Python is not known", 'ID=debian\nVERSION_ID="14"\n', null],
  ["Ubuntu 20.04", 'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="20.04"\n', null],
  ["Fedora", "ID=fedora\nVERSION_ID=42\n", /^sudo dnf install python3$/],
  ["a later Fedora", "ID=fedora\nVERSION_ID=46\n", null],
  ["Linux Mint 22, which is no Ubuntu 22", 'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_ID="22"\n', null],
  ["Amazon Linux 2023", 'ID="amzn"\nID_LIKE="fedora"\nVERSION_ID="2023"\n', null],
  ["Red Hat 8.10", 'ID="rhel"\nID_LIKE="fedora"\nVERSION_ID="8.10"\n', /^sudo dnf install python3\.11$/],
  ["Alma 10", 'ID="almalinux"\nID_LIKE="rhel centos fedora"\nVERSION_ID="10.0"\n', /^sudo dnf install python3$/],
  ["Arch, whose Python is always the newest", "ID=arch\n", null],
  ["Rocky 9", 'ID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.4"\n', /^sudo dnf install python3\.11$/],
  ["Alpine, for which there are no wheels", "ID=alpine\nVERSION_ID=3.20\n", null],
  ["an unknown system", "", null],
];

for (const [system, release, expected] of systems) {
  test(`the advice for ${system} is what it has, or nothing of its own`, () => {
    const advice = ofLinux(readOsRelease(release));
    if (expected === null) assert.equal(advice, null);
    else assert.match(advice ?? "", expected);
  });
}

const FAKE_NPM = '#!/bin/bash\necho "npm $*" >> "$TREE/calls.log"\necho "npm error code E404" >&2\nexit 1\n';
const LOCKED = '{ "packages": { "node_modules/one": { "version": "1.0.0" } } }';

/** @type {[string, (tree: Tree) => void][]} */
const halfMadeModules = [
  ["that npm did not finish", (tree) => fs.rmSync(tree.file("node_modules/.package-lock.json"))],
  ["with a package cut short", (tree) => tree.write("package-lock.json", LOCKED).write("node_modules/one/package.json", '{ "vers')],
  [
    "of another version",
    (tree) => tree.write("package-lock.json", LOCKED).write("node_modules/one/package.json", '{ "version": "0.9.0" }'),
  ],
];

for (const [kind, prepare] of halfMadeModules) {
  test(`node_modules ${kind} is installed anew`, onUnix, async (t) => {
    const tree = new Tree(t).installPython("python3.11", "3.11.7").write("bin/npm", FAKE_NPM, 0o755);
    prepare(tree);
    const result = await tree.run("ml-start.js", ["--port", String(await freePort())]);
    assertOneLine(result, /npm could not install the Node packages: npm error code E404/);
    assert.ok(tree.calls().some((call) => call.startsWith("npm ci")));
  });
}

for (const text of ['{ "packages": {', "{}"]) {
  test(`a broken package-lock.json (${text}) is named in one line`, onUnix, async (t) => {
    const tree = new Tree(t).installPython("python3.11", "3.11.7").write("package-lock.json", text);
    assertOneLine(
      await tree.run("ml-start.js", ["--port", String(await freePort())]),
      /package-lock\.json is missing or broken.*git checkout/,
    );
  });
}

test("what compiling takes has its version from the first: the rest of the installation would replace another", onUnix, async (t) => {
  const tree = new Tree(t).installPython("python3.11", "3.11.7");
  await tree.run("test.js", ["python"]);
  const [first] = tree.calls().filter((call) => call.includes("pip install"));
  assert.match(first, / -c requirements\.txt numba pandas$/);
});

test("changed requirements are installed, unchanged ones are not", onUnix, async (t) => {
  const tree = new Tree(t).installPython("python3.11", "3.11.7");
  const installs = () => tree.calls().filter((call) => call.includes("-r requirements")).length;
  await tree.run("test.js", ["python"]);
  await tree.run("test.js", ["python"]);
  assert.equal(installs(), 1);
  tree.write("ml-service/constraints.txt", "numpy==1.26.4\n");
  await tree.run("test.js", ["python"]);
  assert.equal(installs(), 2);
});

/** @type {[string, string[], Record<string, string>, RegExp][]} */
const settings = [
  ["a port that is no number", ["--port", "abc"], {}, /--port is "abc": expected an integer from 1 to 65535/],
  ["a port too large", [], { PORT: "70000" }, /PORT is "70000"/],
  ["an option that does not exist", ["--prot", "1"], {}, /--prot.*--help/],
  ["a host of another machine", [], { HOST: "192.0.2.1" }, /HOST is "192\.0\.2\.1"/],
  [
    "a setting that the service refuses",
    [],
    { SERVICE_SAYS: "error: MIN_EDGE is 'x', expected a number from 0 to 1" },
    /MIN_EDGE is 'x', expected/,
  ],
  ["a package that is missing", [], { SERVICE_SAYS: "Traceback\nModuleNotFoundError: No module named 'shap'" }, /remove ml-service\/venv/],
  ["a database that is not there", [], { DB_PATH: "nowhere.sqlite" }, /DB_PATH names .*nowhere\.sqlite/],
];

for (const [trouble, args, env, expected] of settings) {
  test(`${trouble} is named in one line`, onUnix, async (t) => {
    const tree = new Tree(t).installPython("python3.11", "3.11.7");
    assertOneLine(await tree.run("ml-start.js", args, { PORT: String(await freePort()), ...env }), expected);
  });
}

test("the port of ml-service/.env holds unless the environment or --port names another", onUnix, async (t) => {
  const tree = new Tree(t).write("ml-service/.env", "# where\nexport PORT = 'bad one' # a comment\n");
  assertOneLine(await tree.run("ml-start.js"), /PORT is "bad one"/);
  assertOneLine(await tree.run("ml-start.js", [], { PORT: "worse" }), /PORT is "worse"/);
  assertOneLine(await tree.run("ml-start.js", ["--port", "worst"]), /--port is "worst"/);
});

test("a port that Node's fetch refuses is named in one line before anything is installed", onUnix, async (t) => {
  assertOneLine(await new Tree(t).run("ml-start.js", ["--port", "5061"]), /refuse the port of http:\/\/127\.0\.0\.1:5061: choose another/);
});

test("--help shows the options and starts nothing", async (t) => {
  const { code, stdout } = await new Tree(t).run("ml-start.js", ["--help"]);
  assert.deepEqual([code, stdout.includes("--no-train")], [0, true]);
});

test("ml-python says in one line that ml:start comes first", async (t) => {
  assertOneLine(await new Tree(t).run("ml-python.js", ["cli/app.py"]), /npm run ml:start/);
});

test("ml-python runs the environment's Python in ml-service with its arguments and its exit code", onUnix, async (t) => {
  const tree = new Tree(t).installPython("../ml-service/venv/bin/python", "3.11.7");
  const { code, stdout } = await tree.run("ml-python.js", ["-m", "show", "a b"]);
  assert.deepEqual([code, stdout.trim()], [7, `${tree.file("ml-service")}|-m show a b|passive`]);
});

test("ml-python runs a script where npm was called, so that its user's files are found there", onUnix, async (t) => {
  const tree = new Tree(t).installPython("../ml-service/venv/bin/python", "3.11.7");
  const { stdout } = await tree.run("ml-python.js", ["cli/app.py", "backtest"], { INIT_CWD: tree.root });
  assert.equal(stdout.trim(), `${tree.root}|${tree.file("ml-service/cli/app.py")} backtest|passive`);
});

test("an interrupted ml-python leaves no process behind", onUnix, async (t) => {
  const tree = new Tree(t).installPython("../ml-service/venv/bin/python", "3.11.7");
  const { child, ended } = tree.start("ml-python.js", ["-m", "hang"]);
  await eventually(() => fs.existsSync(tree.file("hang.pid")) && fs.readFileSync(tree.file("hang.pid"), "utf8") !== "");
  child.kill("SIGINT");
  const pid = Number(fs.readFileSync(tree.file("hang.pid"), "utf8"));
  assert.deepEqual([(await ended).code, isRunning(pid)], [130, false]);
});

test("npm test runs every check after one that failed, and fails", onUnix, async (t) => {
  const tree = new Tree(t).installPython("python3.11", "3.11.7");
  const { code, stdout } = await tree.run("test.js", [], { RUFF_CODE: "1" });
  assert.equal(code, 1);
  assert.match(stdout, /FAILED ruff check[^]*FAILED ruff format[^]*ok {5}mypy[^]*ok {5}tsc[^]*ok {5}node tests[^]*ok {5}python tests/);
});

test("npm test runs Node's checks also where Python's packages cannot be installed, and fails", onUnix, async (t) => {
  const tree = new Tree(t).installPython("python3.11", "3.11.7");
  const result = await tree.run("test.js", [], { PIP_SAYS: "ERROR: something odd" });
  assertOneLine(result, /pip could not install requirements-dev\.txt: ERROR: something odd/);
  assert.match(result.stdout, /node tests: ok/);
});

test("npm test succeeds where every check does, and runs the part asked for", onUnix, async (t) => {
  const tree = new Tree(t).installPython("python3.11", "3.11.7");
  const { code, stdout } = await tree.run("test.js", ["python"], { RUFF_CODE: "1" });
  assert.deepEqual([code, /ruff|tsc|node tests/.test(stdout)], [0, false]);
});

test("a database script says in one line that npm install comes first", async (t) => {
  const tree = new Tree(t).write("backend/scripts/db-demo.js", fs.readFileSync(new URL("../scripts/db-demo.js", import.meta.url), "utf8"));
  assertOneLine(await tree.run("db-demo.js"), /^db:demo: the Node packages are not there yet: run npm install/);
});

test("npm test names the parts it knows", async (t) => {
  assertOneLine(await new Tree(t).run("test.js", ["pyhton"]), /lint, node, python/);
});
