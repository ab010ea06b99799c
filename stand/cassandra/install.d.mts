/** Is `.cache/cassandra/lib` what pom.xml asks for? */
export function installed(): boolean;
/** Installs Cassandra's jars when needed; `say` gets one line about what is done. */
export function install(say: (line: string) => void): void;
