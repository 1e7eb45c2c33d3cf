// Builds the browser files of others into an ignored folder. Own CSS and JavaScript are served as they are.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { build } from "esbuild";

const vendor = "amity/engines/web/static/vendor";

async function script(source, name) {
  // Minified here rather than copied: the package's own minified file points to a source map that is not served.
  const options = { minify: true, target: "es2022", legalComments: "linked", charset: "utf8" };
  await build({ entryPoints: [source], outfile: `${vendor}/${name}`, ...options });
}

async function symbol(line) {
  const [name, original = name] = line.split(/\s+/);
  const svg = await readFile(`node_modules/lucide-static/icons/${original}.svg`, "utf8");
  const shapes = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
  return `<symbol id="i-${name}" viewBox="0 0 24 24">${shapes.replace(/\s*\n\s*/g, "").trim()}</symbol>`;
}

async function sprite() {
  const text = await readFile("amity/engines/web/icons.txt", "utf8");
  const lines = text.split("\n").map((line) => line.trim()).filter((line) => line && !line.startsWith("#"));
  const symbols = await Promise.all(lines.map(symbol));
  const open = '<svg xmlns="http://www.w3.org/2000/svg">'; // line and colour come from the page's own CSS
  await writeFile(`${vendor}/icons.svg`, `${open}\n${symbols.join("\n")}\n</svg>\n`);
}

async function licences(names) {
  const texts = names.map(async (name) => {
    const about = JSON.parse(await readFile(`node_modules/${name}/package.json`, "utf8"));
    const text = await readFile(`node_modules/${name}/LICENSE`, "utf8");
    return `${name} ${about.version} (${about.license})\n\n${text.trim()}\n`;
  });
  await writeFile(`${vendor}/LICENSES.txt`, (await Promise.all(texts)).join(`\n${"-".repeat(80)}\n\n`));
}

await rm(vendor, { recursive: true, force: true });
await mkdir(vendor, { recursive: true });
await script("node_modules/htmx.org/dist/htmx.js", "htmx.min.js");
await sprite();
await licences(["htmx.org", "lucide-static"]);
