// Gradio's client reads all events from one stream, and the server ends that stream when nothing is pending. A question
// sent in that moment would wait for ever: the client still takes the stream for open. So the stream that the client
// sees lasts as long as anything is pending, over as many streams of the server as that takes.
(() => {
  const plain = window.fetch;
  const pending = new Set(); // ids of the events that were taken in and are not over
  const early = new Set(); // ids of those that were over before it was known that they had been taken in

  window.fetch = async (input, init) => {
    const address = String(input.url ?? input);
    const response = await plain(input, init);
    if (!response.ok) return response;
    if (address.includes("/queue/join")) await takeIn(response.clone());
    if (!address.includes("/queue/data")) return response;
    const { status, headers } = response;
    return new Response(lasting(response, address, input.signal ?? init?.signal), { status, headers });
  };

  async function takeIn(response) {
    const { event_id: id } = await response.json();
    if (!early.delete(id)) pending.add(id);
  }

  function over(id) {
    if (!pending.delete(id)) early.add(id);
  }

  function lasting(first, address, signal) {
    const events = follow(first, address, signal);
    return new ReadableStream({
      async pull(controller) {
        const { done, value } = await events.next();
        if (done) controller.close();
        else controller.enqueue(new TextEncoder().encode(`${value}\n\n`));
      },
      cancel: () => events.return(),
    });
  }

  async function* follow(response, address, signal) {
    for (let again = true; again; ) {
      again = false;
      for await (const event of eventsOf(response)) {
        const told = event.startsWith("data: ") ? JSON.parse(event.slice(6)) : {};
        if (told.msg === "process_completed") over(told.event_id);
        again = told.msg === "close_stream" && pending.size > 0;
        if (!again) yield event;
      }
      if (again) response = await plain(address, { signal });
    }
  }

  async function* eventsOf(response) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let held = "";
    try {
      for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
        const parts = (held + value).split("\n\n");
        held = parts.pop();
        yield* parts;
      }
    } finally {
      reader.cancel().catch(() => {}); // it is over already when the page is left
    }
  }
})();
