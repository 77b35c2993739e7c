/** A text whose hashtags and mentions are links, where the server has found them to be some. */
const MARKS = /([#@][\p{L}\p{N}_.]+)/u;

interface Props {
  readonly text: string;
  readonly hashtags?: readonly string[];
  /** The usernames that may be linked; everything that looks like one where it isn't given. */
  readonly mentions?: readonly string[];
}

export function RichText({ text, hashtags = [], mentions }: Props) {
  return <>{text.split(MARKS).map((part) => linked(part, hashtags, mentions))}</>;
}

function linked(part: string, hashtags: readonly string[], mentions: readonly string[] | undefined) {
  const name = part.slice(1).replace(/\.+$/, "");
  const rest = part.slice(1 + name.length);
  if (part[0] === "#" && hashtags.includes(name.toLowerCase())) return <><a href={`/tag/${encodeURIComponent(name.toLowerCase())}`}>#{name}</a>{rest}</>;
  const isKnown = mentions ? mentions.some((each) => each.toLowerCase() === name.toLowerCase()) : true;
  if (part[0] === "@" && name && isKnown) return <><a href={`/@${name}`}>@{name}</a>{rest}</>;
  return part;
}
