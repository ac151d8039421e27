"""Somebody in front of the microphone, who speaks when a test says so.

Chromium's own fake microphone plays a file over and over by the clock, so that on a slow machine the next question
comes before the answer to the first. This one stands in for `getUserMedia`, is silent until it is told to speak, and
knows nothing of the page: what hears it is the page's own audio graph.
"""

from __future__ import annotations

import base64

_SCRIPT = """(() => {
    if (window.person) return;
    const live = () => ears.filter((ear) => ear.stream.getTracks()[0].readyState === "live");
    const ears = []; // a new one for each opening, because the page stops its tracks
    let context = null;
    // By hand, because the policy of a host page forbids Playwright's own waiting, which evaluates a text.
    const until = async (there) => {
        for (const end = Date.now() + 30_000; !there(); await new Promise((next) => setTimeout(next, 20)))
            if (Date.now() > end) throw new Error(`not in 30 s: ${there}`);
    };
    window.person = {
        speaking: false,
        began: 0, // when the last words began, by the page's clock
        heard: () => live().length > 0,
        until,
        end: () => until(() => !person.speaking),
        tracks: () => live().flatMap((ear) => ear.stream.getTracks()),
        async say(encoded) {
            await until(this.heard);
            const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
            const source = new AudioBufferSourceNode(context, { buffer: await context.decodeAudioData(bytes.buffer) });
            for (const ear of live()) source.connect(ear);
            source.addEventListener("ended", () => (this.speaking = false));
            this.speaking = true;
            this.began = performance.now();
            source.start();
        },
    };
    navigator.mediaDevices.getUserMedia = async () => {
        context ??= new AudioContext();
        void context.resume();
        ears.push(context.createMediaStreamDestination());
        return ears.at(-1).stream;
    };
})();"""


class Person:
    """Sits before `page`, through its reloads too."""

    def __init__(self, page) -> None:
        self._page = page
        page.add_init_script(_SCRIPT)
        page.evaluate(_SCRIPT)

    def say(self, wav: bytes) -> None:
        """Begins to speak as soon as a microphone is open."""
        self._page.evaluate("sound => person.say(sound)", base64.b64encode(wav).decode())

    def end(self) -> None:
        """Waits until all was spoken."""
        self._page.evaluate("person.end()")
