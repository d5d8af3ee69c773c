import { Expose } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, IsUrl, Matches, Max, Min, MinLength } from 'class-validator';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
const URL_RULE = { require_tld: false, require_protocol: true };
const httpUrl = { ...URL_RULE, protocols: ['http', 'https'] };

/**
 * The environment variables that Gatehouse reads, each with its rule. Empty means unset.
 *
 * Messages name the variable and the rule and never the value: they end in a terminal or a log.
 */
export class Environment {
  @Expose() @IsOptional() @IsIn(['production', 'development', 'test']) NODE_ENV?: string;

  @Expose() @IsOptional() @IsString() HOST?: string;
  @Expose() @IsOptional() @IsInt() @Min(0) @Max(65_535) PORT?: number;
  @Expose()
  @IsOptional()
  @IsUrl(httpUrl, { message: 'PUBLIC_URL must be an http or https URL, such as https://gate.example.com' })
  PUBLIC_URL?: string;
  @Expose() @IsOptional() @IsString() TLS_CERT_FILE?: string;
  @Expose() @IsOptional() @IsString() TLS_KEY_FILE?: string;

  @Expose()
  @IsOptional()
  @Matches(/^postgres(ql)?:\/\//, { message: 'DATABASE_URL must begin with postgres://' })
  DATABASE_URL?: string;
  @Expose()
  @IsOptional()
  @Matches(/^postgres(ql)?:\/\//, { message: 'DATABASE_APP_URL must begin with postgres://' })
  DATABASE_APP_URL?: string;
  @Expose()
  @IsOptional()
  @Matches(/^postgres(ql)?:\/\//, { message: 'DATABASE_SYSTEM_URL must begin with postgres://' })
  DATABASE_SYSTEM_URL?: string;
  @Expose() @IsOptional() @IsInt() @Min(2) @Max(200) DATABASE_POOL_SIZE?: number;

  @Expose() @IsOptional() @IsString() GATEHOUSE_DATA_DIR?: string;
  @Expose() @IsOptional() @IsString() GATEHOUSE_MASTER_KEY?: string;
  @Expose() @IsOptional() @IsString() GATEHOUSE_MASTER_KEY_NEXT?: string;
  @Expose() @IsOptional() @IsString() GATEHOUSE_MASTER_KEY_PREVIOUS?: string;
  @Expose() @IsOptional() @IsString() VAULT_TOKEN?: string;
  @Expose()
  @IsOptional()
  @Matches(/^skc_[A-Za-z0-9_-]{8,28}$/, {
    message: 'GATEHOUSE_BOOTSTRAP_CLIENT_ID must be skc_ followed by 8 to 28 letters, digits, "-" or "_"',
  })
  GATEHOUSE_BOOTSTRAP_CLIENT_ID?: string;
  @Expose() @IsOptional() @MinLength(32) GATEHOUSE_BOOTSTRAP_CLIENT_SECRET?: string;
  @Expose() @IsOptional() @IsString() GATEHOUSE_EGRESS_ALLOW?: string;
  @Expose() @IsOptional() @IsString() HTTPS_PROXY?: string;
  @Expose() @IsOptional() @IsString() HTTP_PROXY?: string;
  @Expose() @IsOptional() @IsString() NO_PROXY?: string;
  @Expose() @IsOptional() @IsIn(['local', 'proxy']) GATEHOUSE_PROXY_DNS?: string;
  @Expose() @IsOptional() @IsString() GATEHOUSE_CONNECTORS_DIR?: string;
  @Expose() @IsOptional() @IsIn(['on', 'off']) GATEHOUSE_SANDBOX?: string;
  @Expose() @IsOptional() @IsIn(['on', 'bundled', 'off']) GATEHOUSE_MCP_CLIENT_DOCUMENTS?: 'on' | 'bundled' | 'off';
  @Expose() @IsOptional() @IsInt() @Min(0) @Max(65_535) GATEHOUSE_SANDBOX_PORT?: number;
  @Expose() @IsOptional() @IsInt() @Min(1_000) @Max(300_000) GATEHOUSE_TOOL_DEADLINE_MS?: number;
  @Expose() @IsOptional() @IsInt() @Min(1) @Max(10_000_000) GATEHOUSE_CLIENT_CALLS_PER_MINUTE?: number;
  @Expose() @IsOptional() @IsInt() @Min(60) @Max(86_400) GATEHOUSE_CONNECT_LINK_SECONDS?: number;

  @Expose() @IsOptional() @IsString() INTERCOM_CLIENT_ID?: string;
  @Expose() @IsOptional() @IsString() INTERCOM_CLIENT_SECRET?: string;
  @Expose() @IsOptional() @IsUrl(httpUrl) INTERCOM_AUTHORIZE_URL?: string;
  @Expose() @IsOptional() @IsUrl(httpUrl) INTERCOM_TOKEN_URL?: string;
  @Expose() @IsOptional() @IsUrl(httpUrl) INTERCOM_API_URL?: string;
  @Expose() @IsOptional() @IsUrl(httpUrl) INTERCOM_REVOKE_URL?: string;

  @Expose() @IsOptional() @IsInt() @Min(1) @Max(3_650) AUDIT_RETENTION_DAYS?: number;
  @Expose() @IsOptional() @IsIn(LOG_LEVELS) LOG_LEVEL?: (typeof LOG_LEVELS)[number];
}

/** The integer variables: text from the environment becomes a number, and text that isn't one stays text and is refused. */
export const INTEGERS = [
  'PORT',
  'DATABASE_POOL_SIZE',
  'GATEHOUSE_SANDBOX_PORT',
  'GATEHOUSE_TOOL_DEADLINE_MS',
  'GATEHOUSE_CLIENT_CALLS_PER_MINUTE',
  'GATEHOUSE_CONNECT_LINK_SECONDS',
  'AUDIT_RETENTION_DAYS',
] as const;
