/** The package comes without types. */
declare module '@bcoe/v8-coverage' {
  export interface ScriptCov {
    scriptId: string;
    url: string;
    functions: {
      functionName: string;
      isBlockCoverage: boolean;
      ranges: { startOffset: number; endOffset: number; count: number }[];
    }[];
  }
  export interface ProcessCov {
    result: ScriptCov[];
  }
  /** Adds up what several processes ran. */
  export function mergeProcessCovs(processes: readonly ProcessCov[]): ProcessCov;
}
