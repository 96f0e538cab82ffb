/** `GET /v1/tasks/{task}/export?format=jsonl`. */
export type ExportFormat = 'jsonl' | 'csv' | 'parquet';
