// The secrets of all tenants, encrypted in the store and in memory, by namespace. Reading waits for nothing; what changes
// is stored first and seen afterwards. A value is decrypted when it is first read, and kept until it changes.
import { isDeeperThan, type Instant, type Json } from "@baton/core";
import type { Store, StoredSecret } from "@baton/storage";
import type { Clock } from "../clock.ts";
import { runtimeError } from "../errors.ts";
import type { LogRecord } from "../log-record.ts";
import { keyIdOf, passingKeyring, type Keyring } from "./keyring.ts";
import type { Secrets } from "./secrets.ts";

/** What a vault takes at most. */
export const secretLimits = { perTenant: 10_000, characters: 65_536, depth: 8, nameLength: 128, formerValues: 4 } as const;

/** What is told of a secret. */
export interface SecretView {
  readonly namespace: string;
  readonly name: string;
  readonly updatedAt: Instant;
  /** The key that it is encrypted with. */
  readonly keyId: string;
}

/** What is encrypted: the value, and the ones before it, which runs may still hold. */
interface Content {
  readonly value: Json;
  readonly former: readonly Json[];
}

interface Kept {
  readonly stored: StoredSecret;
  /** Undefined: not decrypted yet. */
  content: Content | undefined;
  /** The value and the former ones, in one list that stays the same object. */
  traces?: readonly Json[];
}

interface VaultParts {
  readonly store: Store;
  readonly clock: Clock;
  /** Absent: secrets can neither be set nor read. */
  readonly keyring: Keyring | undefined;
  readonly log: (record: LogRecord) => void;
}

/** Loads the secrets; those whose key is missing are told of. */
export async function openVault(parts: VaultParts): Promise<Vault> {
  const vault = new Vault(parts);
  await vault.refresh();
  return vault;
}

/** Whether a text can name a secret. */
export function isSecretName(name: string): boolean {
  return name.length <= secretLimits.nameLength && /^[A-Za-z0-9_](?:[\w.-]*[A-Za-z0-9_])?$/.test(name);
}

/** All secrets. */
export class Vault implements Secrets {
  readonly #parts: VaultParts;
  /** What a server without keys encrypts, it can read only itself: it has no secrets, so there is nothing of it to keep. */
  readonly #keyring: Keyring;
  #kept = new Map<string, Kept>();
  #all = new Map<string, readonly Json[]>();
  #changing: Promise<unknown> = Promise.resolve();

  constructor(parts: VaultParts) {
    this.#parts = parts;
    this.#keyring = parts.keyring ?? passingKeyring();
  }

  /** Reads everything anew: after another server has changed something. */
  async refresh(): Promise<void> {
    const stored = await this.#parts.store.listSecrets();
    this.#kept = new Map(
      stored.map((secret) => [keyOf(secret.tenant, secret.namespace, secret.name), { stored: secret, content: undefined }]),
    );
    this.#all.clear();
    const unreadable = stored.filter((secret) => this.#open(keyOf(secret.tenant, secret.namespace, secret.name)) === undefined).length;
    const message = `${unreadable} of ${stored.length} secrets cannot be read: the key that they are encrypted with is not here.`;
    if (unreadable > 0) this.#parts.log({ level: "warning", message });
  }

  read(tenant: string, namespace: string, name: string): Json | undefined {
    return this.#open(keyOf(tenant, namespace, name))?.value;
  }

  traces(tenant: string, namespace: string, name: string): readonly Json[] {
    return this.#tracesOf(keyOf(tenant, namespace, name));
  }

  allTraces(tenant: string): readonly Json[] {
    const known = this.#all.get(tenant);
    if (known !== undefined) return known;
    const own = [...this.#kept].filter(([, { stored }]) => stored.tenant === tenant);
    const values = own.flatMap(([key]) => this.#tracesOf(key));
    this.#all.set(tenant, values);
    return values;
  }

  seal(text: string, purpose: string): string {
    return this.#keyring.seal(text, purpose);
  }

  unseal(sealed: string, purpose: string): string {
    return this.#keyring.unseal(sealed, purpose);
  }

  /** The secrets of a namespace by name, without their values. */
  list(tenant: string, namespace: string): SecretView[] {
    return [...this.#kept.values()]
      .filter(({ stored }) => stored.tenant === tenant && stored.namespace === namespace)
      .map(({ stored }) => viewOf(stored))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Sets a secret, a new one or another value; rejects with secrets-locked, secret-invalid, secrets-too-many. */
  set(tenant: string, namespace: string, name: string, value: Json): Promise<{ readonly secret: SecretView; readonly created: boolean }> {
    return this.#change(async () => {
      this.#assertKey();
      const key = keyOf(tenant, namespace, name);
      const created = !this.#kept.has(key);
      this.#check(tenant, name, value, created);
      const content = { value, former: this.#tracesOf(key).slice(0, secretLimits.formerValues) };
      const stored = this.#sealed({ tenant, namespace, name }, content, this.#parts.clock.now());
      await this.#parts.store.putSecret(stored);
      this.#keep(key, { stored, content });
      return { secret: viewOf(stored), created };
    });
  }

  /** Rejects with secret-unknown. */
  delete(tenant: string, namespace: string, name: string): Promise<void> {
    return this.#change(async () => {
      if (!(await this.#parts.store.deleteSecret(tenant, namespace, name)))
        throw runtimeError("secret-unknown", { where: `${namespace}/${name}` });
      this.#keep(keyOf(tenant, namespace, name), undefined);
    });
  }

  /** Encrypts with the current key whatever another one encrypted, one after the other; answers how many there were. */
  async rotate(): Promise<number> {
    this.#assertKey();
    const outdated = [...this.#kept].filter(([, { stored }]) => keyIdOf(stored.sealed) !== this.#keyring.current).map(([key]) => key);
    let count = 0;
    for (const key of outdated) if (await this.#change(() => this.#renew(key))) count++;
    return count;
  }

  /** False: it is gone meanwhile, was set anew, or cannot be read. */
  async #renew(key: string): Promise<boolean> {
    const kept = this.#kept.get(key);
    const content = this.#open(key);
    if (kept === undefined || content === undefined || keyIdOf(kept.stored.sealed) === this.#keyring.current) return false;
    const stored = this.#sealed(kept.stored, content, kept.stored.updatedAt);
    await this.#parts.store.putSecret(stored);
    this.#keep(key, { stored, content });
    return true;
  }

  /** One change after the other, so that none is lost between reading and storing. */
  #change<T>(change: () => Promise<T>): Promise<T> {
    const next = this.#changing.then(change, change);
    this.#changing = next.catch(() => undefined);
    return next;
  }

  #keep(key: string, kept: Kept | undefined): void {
    this.#all.clear();
    if (kept === undefined) this.#kept.delete(key);
    else this.#kept.set(key, kept);
  }

  #sealed(
    { tenant, namespace, name }: Pick<StoredSecret, "tenant" | "namespace" | "name">,
    content: Content,
    updatedAt: Instant,
  ): StoredSecret {
    return { tenant, namespace, name, sealed: this.#keyring.seal(JSON.stringify(content), keyOf(tenant, namespace, name)), updatedAt };
  }

  #tracesOf(key: string): readonly Json[] {
    const kept = this.#kept.get(key);
    const content = this.#open(key);
    if (kept === undefined || content === undefined) return [];
    return (kept.traces ??= [content.value, ...content.former]);
  }

  #open(key: string): Content | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined || kept.content !== undefined) return kept?.content;
    try {
      kept.content = JSON.parse(this.#keyring.unseal(kept.stored.sealed, key)) as Content;
    } catch {
      // Told of when the secrets were loaded; to a flow it is as if it were not there.
      return undefined;
    }
    return kept.content;
  }

  #assertKey(): void {
    if (this.#parts.keyring === undefined) throw runtimeError("secrets-locked");
  }

  #check(tenant: string, name: string, value: Json, created: boolean): void {
    const invalid = (message: string): Error => runtimeError("secret-invalid", { message, where: name });
    if (!isSecretName(name)) throw invalid("A secret's name is of letters, digits, underscores, dots and hyphens, at most 128.");
    if (value === null || value === "") throw invalid("A secret must not be empty.");
    if (isDeeperThan(value, secretLimits.depth)) throw invalid(`A secret has at most ${secretLimits.depth} levels.`);
    if (JSON.stringify(value).length > secretLimits.characters)
      throw invalid(`A secret has at most ${secretLimits.characters} characters.`);
    const count = created ? [...this.#kept.values()].filter(({ stored }) => stored.tenant === tenant).length : 0;
    if (count >= secretLimits.perTenant) throw runtimeError("secrets-too-many");
  }
}

function viewOf({ namespace, name, updatedAt, sealed }: StoredSecret): SecretView {
  return { namespace, name, updatedAt, keyId: keyIdOf(sealed) };
}

function keyOf(tenant: string, namespace: string, name: string): string {
  return `${tenant}\n${namespace}\n${name}`;
}
