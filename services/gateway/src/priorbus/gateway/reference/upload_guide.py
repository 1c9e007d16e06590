"""How a patient attachment is uploaded; refusals of an `upload_url` lead to the page that it stands on."""

UPLOAD_GUIDE = """<h2 id="uploading">Uploading</h2><ol>
<li>GET /v1/patients/{patient_id}/attachment_presigned_post answers with <code>url</code> and <code>fields</code>, good for one upload
within an hour.</li>
<li>POST to <code>url</code> as multipart/form-data: every field of <code>fields</code> unchanged, optionally <code>Content-Type</code>,
and last the part <code>file</code>. The store answers 201 with the <code>Key</code>.</li>
<li>POST /v1/patient_attachments with <code>patient_id</code> and <code>upload_url</code>: <code>url</code>, one slash, the
<code>Key</code>, percent-encoded or not; but <code>#</code> and <code>?</code> must be encoded.</li>
<li>Wait for the event patient_attachment.processed, or read the attachment until <code>processing_completed</code> is true.</li>
</ol>"""
