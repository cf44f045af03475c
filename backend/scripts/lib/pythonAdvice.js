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

/**
 * What to type where it brings a Python of 3.10 or later.
 * @param {OsRelease} system
 * @returns {string | null}
 */
export function ofLinux({ ids, version }) {
  const [id] = ids;
  // Python 3.11 and 3.10 came with these; the packages of later ones are later.
  if (id === "debian") return version >= 12 ? "sudo apt-get install python3 python3-venv" : null;
  if (id === "ubuntu") return version >= 22 ? "sudo apt-get install python3 python3-venv" : null;
  if (id === "fedora") return "sudo dnf install python3";
  if (ids.includes("rhel") && version >= 8) return "sudo dnf install python3.11";
  if (ids.includes("arch")) return "sudo pacman -S python";
  if (ids.includes("suse")) return "sudo zypper install python311";
  return null;
}

/**
 * @param {string} [text] of /etc/os-release
 * @returns {OsRelease}
 */
export function readOsRelease(text = fs.existsSync("/etc/os-release") ? fs.readFileSync("/etc/os-release", "utf8") : "") {
  const value = (/** @type {string} */ name) => new RegExp(`^${name}="?([^"\n]*)`, "m").exec(text)?.[1] ?? "";
  return { ids: `${value("ID")} ${value("ID_LIKE")}`.trim().split(/\s+/), version: Number.parseFloat(value("VERSION_ID")) };
}
