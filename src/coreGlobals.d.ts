// The only globals beyond ECMAScript that the core may use: browsers, workers and Node all have them.
// Declared here, narrowly, because tsconfig.core.json compiles the core without the DOM library.

declare class TextEncoder {
  encode(input?: string): Uint8Array<ArrayBuffer>;
}

declare class TextDecoder {
  constructor(label?: 'utf-8', options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(input?: ArrayBuffer | ArrayBufferView): string;
}

/** A file's text, as the bundler hands it over (vite/client declares the same for the rest of the app). */
declare module '*?raw' {
  const text: string;
  export default text;
}
