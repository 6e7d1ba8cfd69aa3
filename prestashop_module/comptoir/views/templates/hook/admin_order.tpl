{**
 * @license AFL-3.0
 *}
<div class="card mt-2" id="comptoir-panel">
  <div class="card-header d-flex justify-content-between align-items-center">
    <h3 class="card-header-title mb-0">Comptoir</h3>
    <a class="btn btn-sm btn-outline-secondary" href="{$comptoir_resync|escape:'html':'UTF-8'}">{l s='Refresh' d='Modules.Comptoir.Admin'}</a>
  </div>
  <div class="card-body">
    {foreach $comptoir_payments as $payment}
      <p class="mb-2">
        <span class="badge rounded badge-{$payment.tone|escape:'html':'UTF-8'} text-bg-{$payment.tone|escape:'html':'UTF-8'}">{$payment.status|escape:'html':'UTF-8'}</span>
        {if $payment.live}
          <span class="badge rounded badge-dark text-bg-dark">{l s='Live' d='Modules.Comptoir.Admin'}</span>
        {else}
          <span class="badge rounded badge-warning text-bg-warning">{l s='Test' d='Modules.Comptoir.Admin'}</span>
        {/if}
      </p>
      {if !$payment.fresh}
        <div class="alert alert-warning">{l s='The payment service does not answer: these are the last known figures.' d='Modules.Comptoir.Admin'}</div>
      {/if}
      <dl class="row mb-3">
        <dt class="col-5">{l s='Payment' d='Modules.Comptoir.Admin'}</dt>
        <dd class="col-7 text-break">
          {if $payment.url}
            <a href="{$payment.url|escape:'html':'UTF-8'}" target="_blank" rel="noopener noreferrer">{$payment.id|escape:'html':'UTF-8'}</a>
          {else}
            {$payment.id|escape:'html':'UTF-8'}
          {/if}
        </dd>
        <dt class="col-5">{l s='Amount' d='Modules.Comptoir.Admin'}</dt>
        <dd class="col-7">{$payment.amount|escape:'html':'UTF-8'}</dd>
        {if $payment.card}
          <dt class="col-5">{l s='Card' d='Modules.Comptoir.Admin'}</dt>
          <dd class="col-7">{$payment.card|escape:'html':'UTF-8'}</dd>
        {/if}
        {if $payment.fee}
          <dt class="col-5">{l s='Fee' d='Modules.Comptoir.Admin'}</dt>
          <dd class="col-7">{$payment.fee|escape:'html':'UTF-8'}</dd>
        {/if}
        <dt class="col-5">{l s='Refunded' d='Modules.Comptoir.Admin'}</dt>
        <dd class="col-7">{$payment.refunded|escape:'html':'UTF-8'}</dd>
        <dt class="col-5">{l s='Still refundable' d='Modules.Comptoir.Admin'}</dt>
        <dd class="col-7">{$payment.refundable|escape:'html':'UTF-8'}</dd>
      </dl>
    {/foreach}
    {if $comptoir_refunds}
      <h4>{l s='Refunds' d='Modules.Comptoir.Admin'}</h4>
      <ul class="list-unstyled mb-2">
        {foreach $comptoir_refunds as $refund}
          <li>
            {$refund.amount|escape:'html':'UTF-8'} ·
            <span class="{if $refund.failed}text-danger{/if}">{$refund.status|escape:'html':'UTF-8'}</span>
            {if $refund.slip}· {l s='credit slip no. %slip%' sprintf=['%slip%' => $refund.slip|intval] d='Modules.Comptoir.Admin'}{/if}
          </li>
        {/foreach}
      </ul>
    {/if}
    <p class="text-muted mb-0">{l s='Use the refund buttons of this order: a credit slip refunds the card.' d='Modules.Comptoir.Admin'}</p>
  </div>
</div>
