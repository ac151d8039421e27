// A picture to a question: made small enough to send, from a file, the clipboard, a drop, or the camera.
const LONGEST_SIDE = 2048; // pixels: enough to read a page in a photograph

// What a browser cannot open (HEIC in most) is sent as it is: the server can.
export async function prepared(file: Blob): Promise<Blob> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    return file;
  }
  const share = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  if (share === 1 && file.size < 2_000_000) return file;
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(bitmap.width * share);
  canvas.height = Math.round(bitmap.height * share);
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return (await jpeg(canvas)) ?? file;
}

export function pictureIn(files: FileList | undefined | null): File | null {
  return [...(files ?? [])].find((file) => file.type.startsWith("image/")) ?? null;
}

export class Camera {
  private constructor(private readonly stream: MediaStream, private readonly video: HTMLVideoElement) {}

  // Throws when there is no camera, or the student or the page does not allow it.
  static async open(video: HTMLVideoElement): Promise<Camera> {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1920 } } });
    video.srcObject = stream;
    await video.play();
    return new Camera(stream, video);
  }

  async take(): Promise<Blob | null> {
    const canvas = document.createElement("canvas");
    canvas.width = this.video.videoWidth;
    canvas.height = this.video.videoHeight;
    canvas.getContext("2d")?.drawImage(this.video, 0, 0);
    return jpeg(canvas);
  }

  close(): void {
    for (const track of this.stream.getTracks()) track.stop();
    this.video.srcObject = null;
  }
}

const jpeg = (canvas: HTMLCanvasElement): Promise<Blob | null> => new Promise((give) => canvas.toBlob(give, "image/jpeg", 0.88));
