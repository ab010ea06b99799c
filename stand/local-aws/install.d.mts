export declare const venvFolder: string;
export declare const python: string;
export declare function installLocalAws(say?: (line: string) => void): boolean;
