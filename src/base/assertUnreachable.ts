/** Marks a branch the type system has proved empty; throws with the value if it is reached all the same. */
export function assertUnreachable(value: never): never {
  throw new Error(`Unexpected value: ${JSON.stringify(value)}`);
}
