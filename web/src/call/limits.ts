// The numbers of the rules that a call page goes by (R4, R5, R19): the server writes those that hold
// on the day of the talk into the page; `PAGE_NUMBERS` in `server/routes/talk.py` names the same.

export interface Limits {
  readonly camera_wait_seconds: number;
  /** Not seen for so long: is it asked whether they see each other, and has the talk failed. */
  readonly question_seconds: number;
  readonly unseen_seconds: number;
  /** No connection for so long, so many times. */
  readonly connect_seconds: number;
  readonly connect_tries: number;
  /** More of the other's sound lost than this, for so long. */
  readonly audio_loss_percent: number;
  readonly audio_loss_seconds: number;
  /** The connection came back so often within the window. */
  readonly reconnects: number;
  readonly reconnect_window_seconds: number;
}

/** Version 1, for a page without a talk of its own, such as a practice. */
export const SHIPPED: Limits = {
  camera_wait_seconds: 180,
  question_seconds: 120,
  unseen_seconds: 180,
  connect_seconds: 30,
  connect_tries: 2,
  audio_loss_percent: 20,
  audio_loss_seconds: 60,
  reconnects: 3,
  reconnect_window_seconds: 600,
};
