import path from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = path.resolve(fileURLToPath(new URL("../../../", import.meta.url)));
export const BACKEND = path.join(ROOT, "backend");
export const ML_SERVICE = path.join(ROOT, "ml-service");
export const VENV = path.join(ML_SERVICE, "venv");

/**
 * @param {string} tool a program that the virtual environment holds
 * @returns {string} its path
 */
export function inVenv(tool) {
  return process.platform === "win32" ? path.join(VENV, "Scripts", `${tool}.exe`) : path.join(VENV, "bin", tool);
}

/** @param {string} file */
export function fromRoot(file) {
  return path.relative(ROOT, file) || ".";
}
