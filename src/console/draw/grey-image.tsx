import { useLayoutEffect, useRef } from 'preact/hooks';
import type { ImageSize } from './normalise-ink.js';

interface Props {
  readonly image: Uint8Array | null;
  readonly size: ImageSize;
  readonly label: string;
}

/** Shows an image pixel by pixel, as the models get it. */
export function GreyImage({ image, size: { width, height }, label }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const pixels = new ImageData(width, height);
    for (let pixel = 0; pixel < width * height; pixel++) {
      const grey = image?.[pixel] ?? 0;
      pixels.data.set([grey, grey, grey, 255], 4 * pixel);
    }
    canvas.current!.getContext('2d')!.putImageData(pixels, 0, 0);
  }, [image, width, height]);
  return (
    <canvas
      ref={canvas}
      class="grey-image"
      width={width}
      height={height}
      role="img"
      aria-label={label}
    />
  );
}
