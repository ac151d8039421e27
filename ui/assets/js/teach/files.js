// What was dropped or chosen, as files with their paths. A folder keeps its own name: two weeks may have the same files.
const litter = /^(\.|~\$)|^(__MACOSX|Thumbs\.db|desktop\.ini)$/i;

export function fromInput(input) {
  const found = [...input.files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
  return withoutLitter(found);
}

// Entries must be taken at once: the browser forgets them when the event is over.
export async function fromDrop(transfer) {
  const items = [...transfer.items].filter((item) => item.kind === "file");
  const entries = items.map((item) => item.webkitGetAsEntry?.() ?? item.getAsFile()).filter(Boolean);
  const found = [];
  for (const entry of entries) {
    if (entry instanceof File) found.push({ file: entry, path: entry.name });
    else await walk(entry, found);
  }
  return withoutLitter(found);
}

async function walk(entry, found) {
  if (litter.test(entry.name)) return;
  if (entry.isFile) {
    const file = await new Promise((take, fail) => entry.file(take, fail));
    found.push({ file, path: entry.fullPath.replace(/^\//, "") });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((take, fail) => reader.readEntries(take, fail)); // at most a hundred at a time
    if (!some.length) return;
    for (const inside of some) await walk(inside, found);
  }
}

function withoutLitter(found) {
  return found.filter(({ path }) => !path.split("/").some((step) => litter.test(step)));
}
