// A spoken question as one recording, for browsers and networks that cannot stream: it goes the way of every file in
// the box. Gradio uploads it, then the question is sent.
import { openMicrophone } from "./microphone.js";

// Throws an Error whose message is the key of the words to show.
export async function record() {
  if (!window.MediaRecorder) throw new Error("microphone_unavailable");
  const stream = await openMicrophone();
  try {
    return recordingOf(stream);
  } catch {
    for (const track of stream.getTracks()) track.stop();
    throw new Error("microphone_failed"); // a browser that has no format for it, or a device that ended meanwhile
  }
}

function recordingOf(stream) {
  const recorder = new MediaRecorder(stream);
  const pieces = [];
  recorder.addEventListener("dataavailable", ({ data }) => pieces.push(data));
  const stopped = new Promise((resolve) => recorder.addEventListener("stop", resolve));
  recorder.start();
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  const samples = new Float32Array(analyser.fftSize);
  context.createMediaStreamSource(stream).connect(analyser);
  return {
    level() {
      analyser.getFloatTimeDomainData(samples);
      return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
    },
    // Ends the recording, as when the device was pulled out; what was recorded until then is there.
    async stop() {
      if (recorder.state !== "inactive") recorder.stop();
      await stopped;
      for (const track of stream.getTracks()) track.stop();
      context.close();
      return new Blob(pieces, { type: recorder.mimeType });
    },
  };
}

// Whether it could be sent.
export async function sendRecording(box, blob) {
  const ending = blob.type.includes("mp4") ? "m4a" : blob.type.includes("ogg") ? "ogg" : "webm";
  const files = new DataTransfer();
  files.items.add(new File([blob], `question.${ending}`, { type: blob.type.split(";")[0] }));
  const before = box.querySelectorAll(".thumbnail-item").length;
  const input = box.querySelector("input[type=file]");
  input.files = files.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  if (!(await uploaded(box, before))) return false;
  box.querySelector(".submit-button")?.click();
  return true;
}

function uploaded(box, before) {
  const there = () => box.querySelectorAll(".thumbnail-item").length > before && !box.querySelector(".loader");
  return new Promise((resolve) => {
    const give = setTimeout(() => resolve(false), 30_000);
    const look = setInterval(() => {
      if (!there()) return;
      clearTimeout(give);
      clearInterval(look);
      resolve(true);
    }, 50);
  });
}
