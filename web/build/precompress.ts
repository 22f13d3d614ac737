import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Plugin } from "vite";

const TEXT = /\.(css|js|json|svg|html|map|txt)$/;
// Below this, the headers that a compressed answer needs weigh as much as it saves.
const SMALLEST_BYTES = 1_024;

/** Writes name.br and name.gz beside each text file, so that the server never compresses anything itself. */
export function precompress(): Plugin {
  let folder = "";
  return {
    name: "intrvu:precompress",
    apply: "build",
    configResolved(config) {
      folder = join(config.root, config.build.outDir, config.build.assetsDir);
    },
    async closeBundle(error?: Error) {
      if (error) return;
      const names = (await readdir(folder)).filter((name) => TEXT.test(name));
      await Promise.all(names.map((name) => compress(join(folder, name))));
    },
  };
}

async function compress(path: string): Promise<void> {
  if ((await stat(path)).size < SMALLEST_BYTES) return;
  const content = await readFile(path);
  const brotli = await promisify(brotliCompress)(content, {
    params: {
      // 11 takes six times as long as 9 for 4 % less.
      [constants.BROTLI_PARAM_QUALITY]: 9,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    },
  });
  await keepIfSmaller(`${path}.br`, brotli, content.length);
  await keepIfSmaller(`${path}.gz`, await promisify(gzip)(content, { level: 9 }), content.length);
}

async function keepIfSmaller(path: string, compressed: Uint8Array, plainBytes: number): Promise<void> {
  if (compressed.length < plainBytes) await writeFile(path, compressed);
  else await rm(path, { force: true });
}
