import { useRef } from 'preact/hooks';
import { toBase64 } from '../draw/base64.js';

interface Props {
  readonly size: { readonly width: number; readonly height: number };
  /** Called with base64 of its 8-bit RGB pixels, as JSON. */
  readonly onImage: (json: string) => void;
}

/** Takes an image file, stretched to the size of the task. */
export function PickImage({ size, onImage }: Props) {
  const picker = useRef<HTMLInputElement>(null);

  async function take(file: File | undefined): Promise<void> {
    if (file !== undefined) onImage(JSON.stringify(toBase64(await pixelsOf(file, size))));
  }
  return (
    <>
      <input
        ref={picker}
        type="file"
        accept="image/*"
        hidden
        aria-label="Image file"
        onChange={(event) => void take(event.currentTarget.files?.[0])}
      />
      <button type="button" class="button" onClick={() => picker.current!.click()}>
        Choose an image
      </button>
    </>
  );
}

/** [height, width, 3] 8-bit; transparent is white. */
async function pixelsOf(file: File, { width, height }: Props['size']): Promise<Uint8Array> {
  const bitmap = await createImageBitmap(file);
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d')!;
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  return Uint8Array.from({ length: width * height * 3 }, (_, k) => data[k + Math.floor(k / 3)]!);
}
