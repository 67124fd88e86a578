/** Operations that random input is not sent to, by operation id, with the reason. */
export const notFuzzed: Readonly<Record<string, string>> = {
  follow_a_sync_job: 'a stream that goes on as long as the job',
  follow_what_a_sync_job_has_stored: 'a stream that goes on as long as the job',
  follow_the_newest_sync_job_of_a_source_connection_of_a_connect_session: 'a stream that goes on as long as the job',
  check_which_documents_there_are: 'its lists make addresses of over 64 KiB, at which Node ends the connection',
  come_back_from_a_source_after_signing_in:
    'its parameters make addresses of over 64 KiB, at which Node ends the connection',
  receive_notices_of_a_payment_provider: 'answers without a body, as the contract has it',
  get_a_backup: 'a download of everything, for the operator of the machine only',
};
