// The keys that secrets are encrypted with: AES-256-GCM, a fresh nonce each time, bound to what the text is for. The first
// key encrypts; all of them decrypt, so that a key can be replaced while what the old one encrypted is still there.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { runtimeError } from "../errors.ts";

const algorithm = "aes-256-gcm";
const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

interface Key {
  /** Derived from the key, so that a file of keys needs no names. */
  readonly id: string;
  readonly bytes: Buffer;
}

/** A new key as text. */
export function newKey(): string {
  return randomBytes(keyBytes).toString("base64");
}

/** Keys from a text: one in base64 on each line, the current one first; `where` names the text in errors. */
export function readKeyring(text: string, where: string): Keyring {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  const keys = lines.map((line) => Buffer.from(line, "base64"));
  const bad = keys.findIndex((key, i) => key.length !== keyBytes || !/^[\w+/-]+={0,2}$/.test(lines[i] ?? ""));
  if (lines.length === 0 || bad >= 0) {
    const message = lines.length === 0 ? "There is no key." : `Key ${bad + 1} is not ${keyBytes} bytes in base64.`;
    throw runtimeError("secret-key-invalid", { message, where });
  }
  return new Keyring(keys);
}

/** A keyring for a process that keeps nothing. */
export function passingKeyring(): Keyring {
  return new Keyring([randomBytes(keyBytes)]);
}

/** Encrypts and decrypts. */
export class Keyring {
  readonly #current: Key;
  readonly #keys: ReadonlyMap<string, Key>;

  constructor(keys: readonly Buffer[]) {
    const all = keys.map((bytes) => ({ id: createHash("sha256").update(bytes).digest("hex").slice(0, 12), bytes }));
    this.#keys = new Map(all.map((key) => [key.id, key]));
    const [current] = all;
    if (current === undefined) throw runtimeError("secret-key-invalid", { message: "There is no key." });
    this.#current = current;
  }

  /** The id of the key that encrypts. */
  get current(): string {
    return this.#current.id;
  }

  /** Encrypts a text for a purpose; it is decrypted only for the same one. */
  seal(text: string, purpose: string): string {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, this.#current.bytes, nonce, { authTagLength: tagBytes }).setAAD(Buffer.from(purpose));
    const sealed = Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
    return `v1.${this.#current.id}.${sealed.toString("base64url")}`;
  }

  /** Throws secret-key-missing where the key is not here, or the text was changed. */
  unseal(sealed: string, purpose: string): string {
    const [version, id = "", text = ""] = sealed.split(".");
    const key = this.#keys.get(id);
    if (version !== "v1" || key === undefined)
      throw runtimeError("secret-key-missing", { message: `Something is encrypted with the key ${id}, which this server does not have.` });
    const bytes = Buffer.from(text, "base64url");
    const decipher = createDecipheriv(algorithm, key.bytes, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
    try {
      decipher.setAAD(Buffer.from(purpose)).setAuthTag(bytes.subarray(-tagBytes));
      return decipher.update(bytes.subarray(nonceBytes, -tagBytes), undefined, "utf8") + decipher.final("utf8");
    } catch (cause) {
      throw runtimeError("secret-key-missing", { message: "Something that is encrypted was changed, or belongs elsewhere.", cause });
    }
  }
}

/** The id of the key that a text is encrypted with. */
export function keyIdOf(sealed: string): string {
  return sealed.split(".")[1] ?? "";
}
