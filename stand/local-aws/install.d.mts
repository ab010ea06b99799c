export declare const venvFolder: string;
export declare const python: string;
export declare function installPythonPackages(folder: string, requirements: string, before: () => void): boolean;
export declare function installLocalAws(say?: (line: string) => void): boolean;
