// Server-sent events from a response to a POST, which EventSource cannot make.
export async function* readEvents(response) {
  if (!response.ok) {
    yield { name: "error", value: await response.json() };
    return;
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let held = "";
  for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
    const parts = (held + value).split("\n\n");
    held = parts.pop();
    for (const part of parts) {
      const told = /^event: (.+)\ndata: (.+)$/.exec(part);
      if (told) yield { name: told[1], value: JSON.parse(told[2]) };
    }
  }
}
