/** Which files can be uploaded. The service looks again, at what is really inside. */
import { formatBytes } from "../../i18n";
import { upload } from "../../strings/upload";

export const LARGEST_BYTES = 1 << 30;
export const ACCEPT = "video/*,.mkv,.mov,.m4v,.mp4,.webm,.avi,.3gp,.ts,.mpg,.mpeg";

const TYPES: Readonly<Record<string, string>> = {
  mp4: "video/mp4", m4v: "video/x-m4v", mov: "video/quicktime", webm: "video/webm", mkv: "video/x-matroska",
  avi: "video/x-msvideo", "3gp": "video/3gpp", ts: "video/mp2t", mpg: "video/mpeg", mpeg: "video/mpeg", ogv: "video/ogg",
};
const TAKEN = new Set(Object.values(TYPES));

/** The media type under which a file is announced; empty for what isn't a video. */
export function typeOf({ name, type }: File): string {
  if (TAKEN.has(type)) return type;
  return TYPES[name.split(".").at(-1)!.toLowerCase()] ?? "";
}

/** Returns why files can't be uploaded, or null. */
export function reproach(files: readonly File[]): string | null {
  const [file] = files;
  if (!file || files.length > 1) return upload.oneOnly;
  if (!typeOf(file)) return upload.notVideo(file.name);
  if (file.size === 0) return upload.empty;
  return file.size > LARGEST_BYTES ? upload.tooLarge(formatBytes(file.size)) : null;
}
