// The package has no types of its own.
declare module 'pgpass' {
  export default function pgpass(asked: object, found: (password: string | undefined) => void): void;
}
