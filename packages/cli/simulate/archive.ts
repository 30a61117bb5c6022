// Reads the files out of a tar archive, the form in which sets of graphs are published (POSIX.1-1988, "ustar").

/** A file by name, wherever it lies. */
export interface NamedFile {
  readonly name: string;
  readonly bytes: () => Buffer;
}

const blockSize = 512;
/** Where a header has its fields: begin and end. */
const fields = { name: [0, 100], size: [124, 136], type: [156, 157], magic: [257, 262] } as const;

/** Whether the bytes are those of an archive. */
export function isTar(bytes: Buffer): boolean {
  return bytes.length >= blockSize && text(bytes, 0, "magic") === "ustar";
}

/** The regular files of an archive, in its order. */
export function tarFiles(archive: Buffer): NamedFile[] {
  const files: NamedFile[] = [];
  for (let at = 0; at + blockSize <= archive.length && text(archive, at, "magic") === "ustar";) {
    const size = Number.parseInt(text(archive, at, "size"), 8) || 0;
    const from = at + blockSize;
    const name = text(archive, at, "name");
    const type = text(archive, at, "type");
    if (type === "0" || type === "") files.push({ name, bytes: () => archive.subarray(from, from + size) });
    at = from + Math.ceil(size / blockSize) * blockSize;
  }
  return files;
}

function text(archive: Buffer, at: number, field: keyof typeof fields): string {
  const [from, to] = fields[field];
  return (archive.toString("utf8", at + from, at + to).split("\0", 1)[0] as string).trim();
}
