/** What a planner is, in the shape the programming interfaces of language models have: messages in, tool calls out. */

/** A tool as a planner sees it. */
export interface ToolDescription {
  readonly name: string;
  readonly description: string;
  /** What it takes, in JSON Schema. */
  readonly inputSchema: ObjectSchema;
}

/** As much of JSON Schema as tools are described with. */
export interface ObjectSchema {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, PropertySchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties: false;
}

/** One argument. */
export interface PropertySchema {
  readonly type: 'string' | 'integer';
  readonly description: string;
  readonly minimum?: number;
}

/** A tool a planner wants used. Its arguments are whatever the planner wrote. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

/** What was said so far. */
export type Message =
  | { readonly role: 'user'; readonly text: string }
  | { readonly role: 'assistant'; readonly text: string; readonly calls: readonly ToolCall[] }
  | { readonly role: 'tool'; readonly callId: string; readonly isError: boolean; readonly content: string };

/** What a planner does next. Without a call it is done. */
export interface Turn {
  readonly text: string;
  readonly calls: readonly ToolCall[];
}

/** Decides what to do next: a language model, or a script in its place. */
export interface Planner {
  next(messages: readonly Message[], tools: readonly ToolDescription[]): Promise<Turn>;
}
