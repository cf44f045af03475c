import fs from "node:fs";
import { ask } from "./children.js";

/** Elsewhere, and where a system is too old to have a package: uv's Python needs nothing of the system. */
const UV = "install uv (https://docs.astral.sh/uv/) and with it `uv python install 3.11`";

/**
 * What to install on this system, whose own Python will not do.
 * @returns {string}
 */
export function howToInstallPython() {
  if (ask("uv", ["--version"]).ok) return "install one with `uv python install 3.11`";
  if (process.platform === "win32") return "install one with `winget install Python.Python.3.12`";
  if (process.platform === "darwin") return onMac();
  const command = ofLinux(readOsRelease());
  return command ? `install one with \`${command}\`` : UV;
}

function onMac() {
  if (ask("brew", ["--version"]).ok) return "install one with `brew install python@3.12`";
  const { stdout } = ask("sw_vers", ["-productVersion"]);
  return `install 3.12 for macOS ${stdout.trim()} from https://www.python.org/downloads/macos/`;
}

/**
 * @param {string} minor such as 3.11
 * @returns {string} what gives that Python its venv module; only Debian and what comes of it keep it apart
 */
export function howToInstallVenv(minor) {
  const { ids } = readOsRelease();
  if (ids.includes("debian")) return `install it with \`sudo apt-get install python${minor}-venv\``;
  return `reinstall it whole, or ${UV}`;
}

/**
 * @typedef {{ ids: string[], version: number }} OsRelease the system's name before those that it is like
 */

const APT = "sudo apt-get install python3 python3-venv";
const DNF = "sudo dnf install python3";

/**
 * What brings a Python that will do, by the releases whose package index has it: packages.debian.org, packages.ubuntu.com,
 * packages.fedoraproject.org and Red Hat's manual say so. Later releases may bring a Python that is too new.
 * @type {{ id: string, from: number, to: number, command: string }[]}
 */
const PACKAGES = [
  { id: "debian", from: 12, to: 13, command: APT },
  { id: "ubuntu", from: 22.04, to: 26.04, command: APT },
  { id: "fedora", from: 39, to: 44, command: DNF },
  { id: "rhel", from: 8, to: 9.99, command: "sudo dnf install python3.11" },
  { id: "rhel", from: 10, to: 10.99, command: DNF },
];

/**
 * @param {OsRelease} system
 * @returns {string | null} null where none is known
 */
export function ofLinux({ ids: [own, ...like], version }) {
  // What is like Red Hat's numbers its releases as that does; others have numbers of their own.
  const id = like.includes("rhel") ? "rhel" : own;
  return PACKAGES.find((one) => one.id === id && one.from <= version && version <= one.to)?.command ?? null;
}

/**
 * @param {string} [text] of /etc/os-release
 * @returns {OsRelease}
 */
export function readOsRelease(text = fs.existsSync("/etc/os-release") ? fs.readFileSync("/etc/os-release", "utf8") : "") {
  const value = (/** @type {string} */ name) => new RegExp(`^${name}="?([^"\n]*)`, "m").exec(text)?.[1] ?? "";
  return { ids: `${value("ID")} ${value("ID_LIKE")}`.trim().split(/\s+/), version: Number.parseFloat(value("VERSION_ID")) };
}
