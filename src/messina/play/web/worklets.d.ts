/* What an audio worklet finds in its scope; browsers' types have it in no library of TypeScript's own. */

declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new (options: any) => unknown): void;
declare const currentFrame: number;
declare const currentTime: number;

/** What a worker finds as `self`, as far as it is used here. */
interface WorkerScope {
  onmessage: (event: MessageEvent) => void;
  postMessage(message: unknown, transfer?: Transferable[]): void;
}
